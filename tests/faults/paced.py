"""Writes the input of a run while the job runs, on a thread of its own, as far as it is allowed to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from confluent_kafka import KafkaError, Message, Producer

from faults.workload import Input

PORTION, PER_SECOND, TRICKLE = 10, 1_500, 10


class PacedInput:
    """Writes PER_SECOND records up to the number that is allowed; beyond it they trickle: no life waits for ever."""

    def __init__(self, bootstrap: str, inputs: Sequence[Input]) -> None:
        self._inputs = inputs
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2})
        self._allowed, self._hurry = 0, False
        self._ended = threading.Event()
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name="input", daemon=True)
        self.written = 0

    def __enter__(self) -> PacedInput:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if kind is None and self._failures:
            raise RuntimeError(f"input was not written: {self._failures[:3]}")

    def allow(self, up_to: float) -> None:
        """Let so large a share go at full pace; all of it in a hurry if that is 1."""
        self._hurry |= up_to >= 1
        self._allowed = round(up_to * len(self._inputs))

    def progress(self) -> float:
        """The share that is written."""
        return self.written / len(self._inputs)

    def _run(self) -> None:
        for start in range(0, len(self._inputs), PORTION):
            for topic, partition, value in self._inputs[start : start + PORTION]:
                self._producer.produce(topic, value, partition=partition, on_delivery=self._delivered)
            self.written = min(start + PORTION, len(self._inputs))
            self._producer.poll(0)
            if self._ended.wait(self._pause(start)):
                return
        if left := self._producer.flush(60):
            self._failures.append(f"{left} records were never acknowledged")

    def _pause(self, start: int) -> float:
        if self._hurry:
            return 0.0005
        return PORTION / PER_SECOND * (1 if start < self._allowed else TRICKLE)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures.append(str(error))
