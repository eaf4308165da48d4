"""Windows: what a record can belong to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.datastream.window.assigner import MergingWindowAssigner

MAX_LONG = 2**63 - 1
MIN_LONG = -(2**63)


class Window(ABC):
    """A group of records that has an end in time. Windows of one kind are equal, and hash alike, if they are one."""

    @abstractmethod
    def max_timestamp(self) -> int:
        """The last time that belongs to the window, in milliseconds."""


class TimeWindow(Window):
    """From `start` until before `end`, in milliseconds.

    >>> TimeWindow(0, 10).max_timestamp()
    9
    """

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        self.start = start
        self.end = end

    def max_timestamp(self) -> int:
        """The last millisecond of the window."""
        return self.end - 1

    def intersects(self, other: TimeWindow) -> bool:
        """Whether the windows overlap or touch."""
        return self.start <= other.end and other.start <= self.end

    def cover(self, other: TimeWindow) -> TimeWindow:
        """The smallest window that has both."""
        return TimeWindow(min(self.start, other.start), max(self.end, other.end))

    @staticmethod
    def get_window_start_with_offset(timestamp: int, offset: int, window_size: int) -> int:
        """Where the window of this size begins that the time is in.

        >>> TimeWindow.get_window_start_with_offset(17, 2, 5)
        17
        """
        return timestamp - (timestamp - offset) % window_size

    @staticmethod
    def merge_windows(windows: Iterable[TimeWindow], callback: MergingWindowAssigner.MergeCallback[TimeWindow]) -> None:
        """Call `callback.merge` for each group of windows that overlap or touch."""
        groups: list[tuple[TimeWindow, set[TimeWindow]]] = []
        for window in sorted(windows):
            if groups and groups[-1][0].intersects(window):
                covered, members = groups[-1]
                members.add(window)
                groups[-1] = covered.cover(window), members
            else:
                groups.append((window, {window}))
        for covered, members in groups:
            if len(members) > 1:
                callback.merge(members, covered)

    def __hash__(self) -> int:
        return hash((self.start, self.end))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __lt__(self, other: TimeWindow) -> bool:
        if not isinstance(other, TimeWindow):
            raise TypeError(f"a TimeWindow is compared with windows of time, not with {other!r}")
        return (self.start, self.end) < (other.start, other.end)

    def __le__(self, other: TimeWindow) -> bool:
        return self == other or self < other

    def __repr__(self) -> str:
        return f"TimeWindow(start={self.start}, end={self.end})"


class CountWindow(Window):
    """A window of so many records, by its number."""

    def __init__(self, id: int) -> None:
        super().__init__()
        self.id = id

    def max_timestamp(self) -> int:
        """The largest time there is: records end the window, not time."""
        return MAX_LONG

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"CountWindow(id={self.id})"


class GlobalWindow(Window):
    """The window of all records."""

    def __init__(self) -> None:
        super().__init__()

    @staticmethod
    def get() -> GlobalWindow:
        """The window; all of them are equal."""
        return GlobalWindow()

    def max_timestamp(self) -> int:
        """The largest time there is: the window never ends."""
        return MAX_LONG

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __repr__(self) -> str:
        return "GlobalWindow"
