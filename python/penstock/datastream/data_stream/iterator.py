"""The records of a running job in the script."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from penstock.common.typeinfo import PickledBytesTypeInfo, TypeInformation

if TYPE_CHECKING:
    from penstock._native import Job

# How long the engine is waited for at a time: Ctrl-C is served in between.
_WAIT_SECONDS = 0.1


class CloseableIterator:
    """The records of a running job, as they come. `close()`, or the end of a `with`, cancels the job.

    `j_closeable_iterator` is the engine's job.
    """

    def __init__(self, j_closeable_iterator: Job, type_info: TypeInformation | None = None) -> None:
        self._job = j_closeable_iterator
        self._fit = None if type_info is None or isinstance(type_info, PickledBytesTypeInfo) else type_info._fit
        self._waiting: list[Any] = []
        self._ended = False

    def __iter__(self) -> CloseableIterator:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """The next record, after waiting for it. Raises StopIteration after the last, and what the job failed with."""
        while not self._waiting and not self._ended:
            values = self._job.collect(_WAIT_SECONDS)
            if values is None:
                self._ended = True
            else:
                self._waiting = values[::-1]
        if not self._waiting:
            raise StopIteration
        record = self._waiting.pop()
        # A record that leaves the job is what its declared type makes of it: a Row has the type's names.
        return record if self._fit is None or record is None else self._fit(record, "a collected record")

    def close(self) -> None:
        """Cancel the job, unless it has ended."""
        if not self._ended:
            self._ended = True
            self._waiting = []
            self._job.cancel()

    def __enter__(self) -> CloseableIterator:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self.close()

    def _first(self, limit: int) -> list[Any]:
        """So many records, or as many as there are; then the job is cancelled."""
        if limit <= 0:
            raise ValueError(f"limit has to be above zero, not {limit}")
        with self:
            return [record for _, record in zip(range(limit), self, strict=False)]
