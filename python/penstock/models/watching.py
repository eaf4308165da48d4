"""Models that follow their file."""

from __future__ import annotations

import logging
import threading
import weakref
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from penstock.models.loaded import SharedModel

if TYPE_CHECKING:
    from penstock.datastream.functions import RuntimeContext

_T = TypeVar("_T")
_LOG = logging.getLogger("penstock.models")


class WatchedModel(Generic[_T]):
    """A model of one task. Use it in the task's own thread, which calls the function."""

    def __init__(
        self,
        shared: SharedModel[_T],
        interval: float | timedelta | None,
        runtime_context: RuntimeContext | None,
    ) -> None:
        self._shared = shared
        self._versions = _Versions(runtime_context, str(shared.file))
        before = self._versions.restored()
        self._held = shared.current() if before is None else shared.at(before)
        self._versions.store(self._held[1])
        # What was restored stays until the file has been looked at.
        self._watcher = None if interval is None else _Watcher(shared, _seconds(interval), before is None)

    @property
    def model(self) -> _T:
        """The model, which from here on is the newest that was loaded."""
        latest = self._shared.latest
        if latest is not self._held and latest is not None and self._watcher is not None and self._watcher.looked:
            self._held = latest
            self._versions.store(latest[1])
        return self._held[0]

    @property
    def version(self) -> str:
        """The version of the model that was asked for last."""
        return self._held[1]

    def close(self) -> None:
        """Look at the file no more."""
        if self._watcher is not None:
            self._watcher.stop()


class _Versions:
    """The version in the state of the operator, if there is one."""

    def __init__(self, runtime_context: RuntimeContext | None, name: str) -> None:
        self._native: Any = getattr(runtime_context, "_native", None)
        if runtime_context is not None and self._native is None:
            raise TypeError(f"runtime_context is what open(runtime_context) was given, not {runtime_context!r}")
        self._name = name

    def restored(self) -> str | None:
        return None if self._native is None else self._native.model_version(self._name)

    def store(self, version: str) -> None:
        if self._native is not None:
            self._native.set_model_version(self._name, version)


class _Watcher:
    """A thread that looks at a file from time to time."""

    def __init__(self, shared: SharedModel[Any], seconds: float, looked: bool) -> None:
        self._looked, stopped = threading.Event(), threading.Event()
        if looked:
            self._looked.set()
        arguments = (shared, seconds, self._looked, stopped)
        threading.Thread(target=_look, args=arguments, name="penstock-models", daemon=True).start()
        # A task that has forgotten to close its model watches no longer than it lives.
        self.stop = weakref.finalize(self, stopped.set)

    @property
    def looked(self) -> bool:
        """Whether what is loaded is what was found at the file."""
        return self._looked.is_set()


def _look(shared: SharedModel[Any], seconds: float, looked: threading.Event, stopped: threading.Event) -> None:
    said = None
    while not stopped.wait(seconds):
        try:
            shared.look()
            looked.set()
            said = None
        except Exception as error:  # whatever the loader may raise
            text = f"{type(error).__name__}: {error}"
            if text != said:
                _LOG.warning("the model at %s stays as it is: %s", shared.file, text)
            said = text


def _seconds(interval: float | timedelta) -> float:
    seconds = interval.total_seconds() if isinstance(interval, timedelta) else interval
    if not isinstance(seconds, (int, float)) or not seconds > 0:
        raise ValueError(f"interval is a timedelta or a number of seconds above 0, not {interval!r}")
    return float(seconds)
