"""Lengths of time and sizes as text, as configuration values have them."""

from __future__ import annotations

import re
from fractions import Fraction

_AMOUNT = re.compile(r"\s*(\d+)\s*([a-zµ]*)\s*\Z", re.IGNORECASE)

_MILLIS = {
    unit: factor
    for factor, units in [
        (Fraction(1, 10**6), "ns nano nanos nanosecond nanoseconds"),
        (Fraction(1, 10**3), "µs micro micros microsecond microseconds"),
        (Fraction(1), "ms milli millis millisecond milliseconds"),
        (Fraction(1000), "s sec secs second seconds"),
        (Fraction(60_000), "m min minute minutes"),
        (Fraction(3_600_000), "h hour hours"),
        (Fraction(86_400_000), "d day days"),
    ]
    for unit in units.split()
}

_BYTES = {
    unit: 1024**power
    for power, units in enumerate(["b bytes", "k kb kibibytes", "m mb mebibytes", "g gb gibibytes", "t tb tebibytes"])
    for unit in units.split()
}

_ISO = re.compile(
    r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z",
    re.IGNORECASE,
)


def parse_millis(key: str, text: str) -> int:
    """A length of time such as `60 s`, `500ms`, `1 min`, `PT30S` or `60000` (milliseconds), in milliseconds.

    Raises ValueError naming the key.
    """
    match = _AMOUNT.match(text)
    if match:
        factor = _MILLIS.get(match[2].lower() or "ms")
        if factor is not None:
            return int(int(match[1]) * factor)
    iso = _ISO.match(text.strip())
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (Fraction(part or 0) for part in iso.groups())
        return int(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000)
    raise ValueError(f"{key}: {text!r} is no length of time; write for example '60 s', '500 ms' or 'PT1M'")


def parse_bytes(key: str, text: str) -> int:
    """A size such as `64 mb`, `1g` or `1024` (bytes), in bytes; units are powers of 1024.

    Raises ValueError naming the key.
    """
    match = _AMOUNT.match(text)
    factor = _BYTES.get(match[2].lower() or "b") if match else None
    if match is None or factor is None:
        raise ValueError(f"{key}: {text!r} is no size; write for example '64 mb' or '1024 kb'")
    return int(match[1]) * int(factor)
