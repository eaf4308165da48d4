"""Numbers as Java writes them."""

from __future__ import annotations

import struct
from decimal import Decimal

# Between these, Java writes a number without an exponent.
_PLAIN_FROM = 1e-3
_PLAIN_BELOW = 1e7
_FLOAT_DIGITS = 9


def double_text(value: float) -> str:
    """A float as `Double.toString` writes it: `1.0`, `1.0E10`, `9.99E-4`, `NaN`."""
    return _text(value, repr(value), float(f"{value:.1e}") == value)


def float_text(value: float) -> str:
    """A float of 32 bits as `Float.toString` writes it."""
    single = _single(value)
    shortest = (
        next(text for digits in range(1, _FLOAT_DIGITS + 1) if _single(float(text := f"{single:.{digits}g}")) == single)
        if single == single
        else "nan"
    )
    return _text(single, shortest, _single(float(f"{single:.1e}")) == single)


def decimal_text(value: Decimal) -> str:
    """A decimal as `BigDecimal.toString` writes it: there is no negative zero."""
    return str(abs(value) if value == 0 else value)


def _single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: float, shortest: str, two_digits_do: bool) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if str(value).startswith("-") else "0.0"
    # Java writes at least two digits, and with these comes as near as it can: 4.9E-324.
    sign, digits, exponent = Decimal(f"{value:.1e}" if two_digits_do else shortest).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + exponent
    body = _plain(text, point) if _PLAIN_FROM <= abs(value) < _PLAIN_BELOW else _scientific(text, point)
    return "-" + body if sign else body


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    return digits[:point].ljust(point, "0") + "." + (digits[point:] or "0")


def _scientific(digits: str, point: int) -> str:
    return f"{digits[0]}.{digits[1:] or '0'}E{point - 1}"
