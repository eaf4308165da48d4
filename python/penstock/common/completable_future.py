"""Results that come later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PENDING = object()
"""What a `CompletableFuture`'s function returns while there is no result."""


class CompletableFuture:
    """A result that comes later; `result()` waits for it.

    `j_completable_future` is a function that waits for so many seconds (None: as long as it takes) and returns the
    result or `PENDING`, or raises. `py_class` turns the result into what the caller sees.
    """

    def __init__(
        self, j_completable_future: Callable[[float | None], Any], py_class: Callable[[Any], Any] | None = None
    ) -> None:
        self._wait = j_completable_future
        self._convert = py_class
        self._value: Any = PENDING
        self._error: Exception | None = None

    def cancel(self) -> bool:
        """Whether this could be cancelled: never, what it stands for has been asked of the engine already."""
        return False

    def cancelled(self) -> bool:
        """Whether this was cancelled: never."""
        return False

    def done(self) -> bool:
        """Whether the result, or an error in its place, is there."""
        self._settle(0.0)
        return self._settled()

    def result(self) -> Any:
        """The result, after waiting for it. Raises what it failed with."""
        self._settle(None)
        if self._error is not None:
            raise self._error
        return self._value if self._convert is None else self._convert(self._value)

    def exception(self) -> Exception | None:
        """What it failed with, after waiting for it; None if it did not fail."""
        self._settle(None)
        return self._error

    def __str__(self) -> str:
        if not self.done():
            return "CompletableFuture[Not completed]"
        ended = "normally" if self._error is None else f"exceptionally: {self._error!r}"
        return f"CompletableFuture[Completed {ended}]"

    def _settled(self) -> bool:
        return self._value is not PENDING or self._error is not None

    def _settle(self, timeout: float | None) -> None:
        if self._settled():
            return
        try:
            self._value = self._wait(timeout)
        except Exception as error:
            self._error = error
