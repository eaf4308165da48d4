"""Numbers that PyFlink scripts import by name."""

MIN_LONG_VALUE = -(1 << 63)
MAX_LONG_VALUE = (1 << 63) - 1
