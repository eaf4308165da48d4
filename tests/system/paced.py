"""Writes records to Kafka while a job runs: a portion at a time, on a thread of its own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TypeVar

from confluent_kafka import KafkaError, Message, Producer

W = TypeVar("W", bound="PacedWriter")


class PacedWriter:
    """As a context it writes so many records. A subclass says how, and how long to wait after each portion."""

    def __init__(self, bootstrap: str, records: int, portion: int) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2})
        self._records, self._portion = records, portion
        self._ended = threading.Event()
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name="paced-writer", daemon=True)
        self.written = 0

    def __enter__(self: W) -> W:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _write(self, number: int) -> None:
        """Hand that record to the producer, with `_delivered`."""
        raise NotImplementedError

    def _pause(self, start: int) -> float:
        """Seconds to wait after the portion that begins there."""
        raise NotImplementedError

    def _run(self) -> None:
        for start in range(0, self._records, self._portion):
            end = min(start + self._portion, self._records)
            for number in range(start, end):
                self._write(number)
            self.written = end
            self._producer.poll(0)
            if self._ended.wait(self._pause(start)):
                return
        if left := self._producer.flush(60):
            self._failures.append(f"{left} records were never acknowledged")

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures.append(str(error))
