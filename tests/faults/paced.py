"""Writes the input of a run while the job runs, as far as it is allowed to."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from faults.workload import Input
from system.paced import PacedWriter

PORTION, PER_SECOND, TRICKLE = 10, 1_500, 10


class PacedInput(PacedWriter):
    """Writes PER_SECOND records up to the number that is allowed; beyond it they trickle: no life waits for ever."""

    def __init__(self, bootstrap: str, inputs: Sequence[Input]) -> None:
        super().__init__(bootstrap, len(inputs), PORTION)
        self._inputs = inputs
        self._allowed, self._hurry = 0, False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None and self._failures:
            raise RuntimeError(f"input was not written: {self._failures[:3]}")

    def allow(self, up_to: float) -> None:
        """Let so large a share go at full pace; all of it in a hurry if that is 1."""
        self._hurry |= up_to >= 1
        self._allowed = round(up_to * len(self._inputs))

    def progress(self) -> float:
        """The share that is written."""
        return self.written / len(self._inputs)

    def _write(self, number: int) -> None:
        topic, partition, value = self._inputs[number]
        self._producer.produce(topic, value, partition=partition, on_delivery=self._delivered)

    def _pause(self, start: int) -> float:
        if self._hurry:
            return 0.0005
        return PORTION / PER_SECOND * (1 if start < self._allowed else TRICKLE)
