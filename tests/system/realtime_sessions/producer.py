"""Writes the events while the job runs, at a steady pace and on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from confluent_kafka import KafkaError, Message, Producer

from system.realtime_sessions.events import Event

PORTION = 50
TRICKLE = 8


class PacedProducer:
    """Writes `per_second` events up to the number that was allowed, so that they last for as many lives as there are.

    Beyond that number they only trickle: a life that takes long is never without input. As a context it runs; what went
    wrong is raised by `finish`, and leaving the context ends it in any case.
    """

    def __init__(self, bootstrap: str, topic: str, events: Sequence[Event], per_second: float) -> None:
        self._topic, self._events, self._pause = topic, events, PORTION / per_second
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
        self._allowed = 0
        self._ended = threading.Event()
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)

    def __enter__(self) -> PacedProducer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def allow(self, more: int) -> None:
        """Let so many more events go at full pace."""
        self._allowed += more

    def finish(self, timeout: float) -> None:
        """Let all go that are left, faster, and return when the broker has them."""
        self._pause = 0.001
        self.allow(len(self._events))
        self._thread.join(timeout)
        assert not self._thread.is_alive(), f"the producer is not done after {timeout} s"
        assert not self._failures, f"not written: {self._failures[:3]}"

    def _run(self) -> None:
        for start in range(0, len(self._events), PORTION):
            for event in self._events[start : start + PORTION]:
                self._producer.produce(self._topic, event.text(), key=event.key, on_delivery=self._delivered)
            self._producer.poll(0)
            if self._ended.wait(self._pause if start < self._allowed else self._pause * TRICKLE):
                return
        if left := self._producer.flush(60):
            self._failures.append(f"{left} events were never acknowledged")

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures.append(str(error))
