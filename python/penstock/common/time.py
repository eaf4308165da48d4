"""Lengths of time and points in time."""

from __future__ import annotations

_NANOS_PER_MILLI = 1_000_000


class Duration:
    """A length of time.

        Duration.of_seconds(10)

    Made by the static methods; `j_duration` is the length in nanoseconds.
    """

    def __init__(self, j_duration: int) -> None:
        self._nanos = j_duration

    @staticmethod
    def of_days(days: int) -> Duration:
        """A number of days of 24 hours."""
        return Duration.of_hours(24 * days)

    @staticmethod
    def of_hours(hours: int) -> Duration:
        """A number of hours."""
        return Duration.of_minutes(60 * hours)

    @staticmethod
    def of_minutes(minutes: int) -> Duration:
        """A number of minutes."""
        return Duration.of_seconds(60 * minutes)

    @staticmethod
    def of_seconds(seconds: int) -> Duration:
        """A number of seconds."""
        return Duration.of_millis(1000 * seconds)

    @staticmethod
    def of_millis(millis: int) -> Duration:
        """A number of milliseconds."""
        return Duration(_whole(millis) * _NANOS_PER_MILLI)

    @staticmethod
    def of_nanos(nanos: int) -> Duration:
        """A number of nanoseconds."""
        return Duration(_whole(nanos))

    def _to_millis(self) -> int:
        return self._nanos // _NANOS_PER_MILLI

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self._nanos == other._nanos

    def __hash__(self) -> int:
        return hash(self._nanos)

    def __repr__(self) -> str:
        return f"Duration({self._to_millis()} ms)"


class Instant:
    """A point in time: seconds since 1970-01-01T00:00:00Z, and 0 to 999,999,999 nanoseconds after that second."""

    def __init__(self, seconds: int, nanos: int) -> None:
        self.seconds = seconds
        self.nanos = nanos

    @staticmethod
    def of_epoch_milli(epoch_milli: int) -> Instant:
        """The point that is so many milliseconds after the epoch; negative before it."""
        seconds, millis = divmod(epoch_milli, 1000)
        return Instant(seconds, millis * _NANOS_PER_MILLI)

    def to_epoch_milli(self) -> int:
        """Milliseconds since the epoch; what is below a millisecond is cut off."""
        return self.seconds * 1000 + self.nanos // _NANOS_PER_MILLI

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instant) and (self.seconds, self.nanos) == (other.seconds, other.nanos)

    def __hash__(self) -> int:
        return hash((self.seconds, self.nanos))

    def __repr__(self) -> str:
        return f"Instant<{self.seconds}, {self.nanos}>"


class Time:
    """A length of time in milliseconds, as windows and state time-to-live take it."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    @staticmethod
    def milliseconds(milliseconds: int) -> Time:
        """A number of milliseconds."""
        return Time(_whole(milliseconds))

    @staticmethod
    def seconds(seconds: int) -> Time:
        """A number of seconds."""
        return Time.milliseconds(1000 * seconds)

    @staticmethod
    def minutes(minutes: int) -> Time:
        """A number of minutes."""
        return Time.seconds(60 * minutes)

    @staticmethod
    def hours(hours: int) -> Time:
        """A number of hours."""
        return Time.minutes(60 * hours)

    @staticmethod
    def days(days: int) -> Time:
        """A number of days of 24 hours."""
        return Time.hours(24 * days)

    def to_milliseconds(self) -> int:
        """The length in milliseconds."""
        return self._milliseconds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self._milliseconds == other._milliseconds

    def __hash__(self) -> int:
        return hash(self._milliseconds)

    def __str__(self) -> str:
        return f"{self._milliseconds} ms"


def _whole(number: int | float) -> int:
    if isinstance(number, float) and not number.is_integer():
        raise TypeError(f"a length of time is a whole number of its unit, not {number!r}: take a smaller unit")
    return int(number)
