"""Clock and timers of process functions."""

from __future__ import annotations

from abc import ABC, abstractmethod


class TimerService(ABC):
    """Clock and timers of a process function; all times in milliseconds since the epoch.

    A timer belongs to the current key; setting it twice sets it once. When it fires, `on_timer` is called.
    """

    @abstractmethod
    def current_processing_time(self) -> int:
        """The machine's clock."""

    @abstractmethod
    def current_watermark(self) -> int:
        """How far event time has come; the smallest 64-bit integer before the first watermark."""

    @abstractmethod
    def register_processing_time_timer(self, timestamp: int) -> None:
        """Call `on_timer` when the clock passes this time."""

    @abstractmethod
    def register_event_time_timer(self, timestamp: int) -> None:
        """Call `on_timer` when the watermark passes this time."""

    def delete_processing_time_timer(self, timestamp: int) -> None:
        """Forget the timer; nothing happens if there is none."""

    def delete_event_time_timer(self, timestamp: int) -> None:
        """Forget the timer; nothing happens if there is none."""
