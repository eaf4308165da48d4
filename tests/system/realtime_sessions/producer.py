"""Writes the events while the job runs, at a steady pace."""

from __future__ import annotations

from collections.abc import Sequence

from system.paced import PacedWriter
from system.realtime_sessions.events import Event

PORTION = 50
TRICKLE = 8


class PacedProducer(PacedWriter):
    """Writes `per_second` events up to the number that was allowed, so that they last for as many lives as there are.

    Beyond that number they only trickle: a life that takes long is never without input. What went wrong is raised by
    `finish`, and leaving the context ends it in any case.
    """

    def __init__(self, bootstrap: str, topic: str, events: Sequence[Event], per_second: float) -> None:
        super().__init__(bootstrap, len(events), PORTION)
        self._topic, self._events, self._seconds = topic, events, PORTION / per_second
        self._allowed = 0

    def allow(self, more: int) -> None:
        """Let so many more events go at full pace."""
        self._allowed += more

    def finish(self, timeout: float) -> None:
        """Let all go that are left, faster, and return when the broker has them."""
        self._seconds = 0.001
        self.allow(len(self._events))
        self._thread.join(timeout)
        assert not self._thread.is_alive(), f"the producer is not done after {timeout} s"
        assert not self._failures, f"not written: {self._failures[:3]}"

    def _write(self, number: int) -> None:
        event = self._events[number]
        self._producer.produce(self._topic, event.text(), key=event.key, on_delivery=self._delivered)

    def _pause(self, start: int) -> float:
        return self._seconds if start < self._allowed else self._seconds * TRICKLE
