"""Numbers as Java writes them.

Flink's images run Java 17, which does not always write the fewest digits: 1e23 is `9.999999999999999E22` and 2**60 is
`1.15292150460684698E18`. What it does is done here, with whole numbers of any size.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from decimal import Decimal

# log10(x) is about this, for x from 1 to 2, and exact at 1.5; Java's estimate of the exponent hangs on it.
_SLOPE, _AT_MIDDLE, _LOG10_OF_2 = 0.289529654, 0.176091259, 0.301029995663981
_LARGEST_LONG_EXPONENT = 62
_POWER_OF_2 = 0.5


def double_text(value: float) -> str:
    """A float as `Double.toString` writes it: `1.0`, `1.0E10`, `9.99E-4`, `NaN`."""
    if 1e-3 <= abs(value) < 1e7 and abs(math.frexp(value)[0]) != _POWER_OF_2:
        return repr(float(value))  # the same here, and quicker
    bits: int = struct.unpack(">Q", struct.pack(">d", value))[0]
    return _text(value, bits >> 52 & 0x7FF, bits & (1 << 52) - 1, 52, 1023)


def float_text(value: float) -> str:
    """A float of 32 bits as `Float.toString` writes it."""
    packed = struct.pack("f", value)
    bits: int = struct.unpack("I", packed)[0]
    return _text(struct.unpack("f", packed)[0], bits >> 23 & 0xFF, bits & (1 << 23) - 1, 23, 127)


def decimal_text(value: Decimal) -> str:
    """A decimal as `BigDecimal.toString` writes it: there is no negative zero."""
    return str(abs(value) if value == 0 else value)


@dataclass(frozen=True)
class _Binary:
    """A number above zero: `odd * 2**shift`, of which `precision` bits count; `exponent` is that of the highest bit."""

    odd: int
    shift: int
    precision: int
    exponent: int

    @staticmethod
    def of(exponent: int, fraction: int, fraction_bits: int, bias: int) -> _Binary:
        """From the parts of a floating-point number."""
        normal = exponent > 0
        whole = fraction | (1 << fraction_bits) if normal else fraction
        zeros = (whole & -whole).bit_length() - 1
        odd, shift = whole >> zeros, max(exponent, 1) - bias - fraction_bits + zeros
        precision = fraction_bits + 1 if normal else fraction.bit_length()
        return _Binary(odd, shift, precision, shift + odd.bit_length() - 1)


def _text(value: float, exponent: int, fraction: int, fraction_bits: int, bias: int) -> str:
    if value != value:
        return "NaN"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if math.isinf(value):
        return sign + "Infinity"
    if value == 0:
        return sign + "0.0"
    number = _Binary.of(exponent, fraction, fraction_bits, bias)
    whole = number.shift >= 0 and number.exponent <= _LARGEST_LONG_EXPONENT
    digits, point = _whole_digits(number) if whole else _digits(number)
    return sign + _notation(digits.rstrip("0") or "0", point)


def _notation(digits: str, point: int) -> str:
    """The digits with a point after so many of them, and an exponent below 1e-3 and from 1e7 on."""
    if 0 < point < 8:
        return f"{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"
    if -3 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _whole_digits(number: _Binary) -> tuple[str, int]:
    """The digits of a whole number that fits a long; what lies below its precision is rounded away."""
    whole = number.odd << number.shift
    below = number.exponent - number.precision - 1
    dropped = int(below * _LOG10_OF_2) if below > 1 else 0
    if dropped:
        power = 10**dropped
        whole = (whole + power // 2) // power
    digits = str(whole)
    return digits, len(digits) + dropped


def _digits(number: _Binary) -> tuple[str, int]:
    """As many digits as tell the number from its neighbours, and the place of the point.

    `rest / unit` is what is left of the number behind the digits so far, `reach / unit` how far off it may be: half of
    the distance to a neighbour, or a quarter for powers of two.
    """
    point = math.floor(
        (number.odd / (1 << number.odd.bit_length() - 1) - 1.5) * _SLOPE + _AT_MIDDLE + number.exponent * _LOG10_OF_2
    )
    reach_shift = number.exponent - number.precision - (number.odd == 1)
    common = min(number.shift, reach_shift, 0)
    unit, rest, reach = 1 << -common, number.odd << number.shift - common, 1 << reach_shift - common
    if point > 0:
        unit *= 10**point
    else:
        rest, reach = rest * 10**-point, reach * 10**-point
    digits: list[int] = []
    low = high = False
    while not low and not high:
        digit, rest = divmod(rest, unit)
        rest, reach = rest * 10, reach * 10
        low, high = rest < reach, rest + reach > 10 * unit
        if not digits and digit == 0 and not high:
            point -= 1  # the estimate was one too large
            low = False
            continue
        if not digits and not -3 <= point < 8:
            low = high = False  # with an exponent there are at least two digits
        digits.append(digit)
    if high and (not low or 2 * rest > 10 * unit or (2 * rest == 10 * unit and digits[-1] % 2)):
        return _rounded_up(digits, point + 1)
    return "".join(map(str, digits)), point + 1


def _rounded_up(digits: list[int], point: int) -> tuple[str, int]:
    text = str(int("".join(map(str, digits))) + 1)
    return text.rjust(len(digits), "0"), point + (len(text) > len(digits))
