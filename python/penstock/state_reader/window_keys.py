"""Keys of the state of windows: the window's bytes stand behind the key's, and can be told from their end."""

from __future__ import annotations

_COUNT, _GLOBAL, _CUSTOM = 16, 17, 18


def split_window(data: bytes) -> tuple[bytes, str]:
    """The bytes of a key, and the text of the window behind it. Raises ValueError where there is none.

    >>> split_window(b"key" + bytes.fromhex("800000000000000003e802"))
    (b'key', 'TimeWindow(start=0, end=1000)')
    """
    kind, rest = data[-1:], data[:-1]
    if not kind:
        raise ValueError("a window is expected behind a key")
    code = kind[0]
    if code <= 8:
        rest, length = _taken(rest, code)
        rest, start = _number(rest)
        return rest, f"TimeWindow(start={start}, end={start + int.from_bytes(length, 'big')})"
    if code == _COUNT:
        rest, number = _number(rest)
        return rest, f"CountWindow(id={number})"
    if code == _GLOBAL:
        return rest, "GlobalWindow"
    if code == _CUSTOM:
        rest, size = _taken(rest, 4)
        rest, _ = _taken(rest, 8)
        rest, own = _taken(rest, int.from_bytes(size, "big"))
        return rest, f"window {own.hex()}"
    raise ValueError(f"no window is marked by {code}")


def _taken(data: bytes, length: int) -> tuple[bytes, bytes]:
    if length > len(data):
        raise ValueError("a window behind a key is cut")
    at = len(data) - length
    return data[:at], data[at:]


def _number(data: bytes) -> tuple[bytes, int]:
    # The sign bit is flipped in storage, so that bytes order as numbers do.
    rest, number = _taken(data, 8)
    return rest, int.from_bytes(number, "big") - 2**63
