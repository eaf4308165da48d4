"""The models of this process: one for each URL and loader, however many tasks use it."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from penstock._runtime.pickling import dumps_with_code
from penstock.models.cache import Cache, Changed
from penstock.models.files import file_at

_T = TypeVar("_T")
_LOG = logging.getLogger("penstock.models")
# How often a file may change while it is fetched.
_ATTEMPTS = 5


class SharedModel(Generic[_T]):
    """A file, what was made of it last, and which version that was of."""

    def __init__(self, url: str, loader: Callable[[str], _T]) -> None:
        self.file = file_at(url)
        self._loader = loader
        self._cache = Cache.from_environment()
        self._loading = threading.Lock()
        self.latest: tuple[_T, str] | None = None

    def current(self) -> tuple[_T, str]:
        """The model with its version, loaded if it was not before."""
        with self._loading:
            if self.latest is None:
                self.latest = self._load_newest()
            return self.latest

    def at(self, version: str) -> tuple[_T, str]:
        """The model of a version, or the one that there is, with a warning, if this cannot be had any more."""
        with self._loading:
            if self.latest is not None and self.latest[1] == version:
                return self.latest
            try:
                found = self._load(version)
            except Changed as changed:
                _LOG.warning("%s: the job goes on with the version that is there", changed)
            else:
                if self.latest is None:
                    self.latest = found
                return found
        return self.current()

    def look(self) -> None:
        """Load the file anew if it has changed. Raises OSError and what the loader raises."""
        version = self.file.version()
        with self._loading:
            if self.latest is None or self.latest[1] != version:
                self.latest = self._load_newest()
                _LOG.info("%s has changed: its version is %s", self.file, self.latest[1])

    def _load_newest(self) -> tuple[_T, str]:
        for _ in range(_ATTEMPTS):
            try:
                return self._load(self.file.version())
            except Changed:
                continue
        raise OSError(f"{self.file} changes faster than it can be fetched")

    def _load(self, version: str) -> tuple[_T, str]:
        with self._cache.copy_of(self.file, version) as path:
            return self._loader(str(path)), version


# Models that somebody watches, or that are among those that were asked for last.
_MODELS: WeakValueDictionary[tuple[str, bytes], SharedModel[Any]] = WeakValueDictionary()
_KEPT = 16
# By the very loader of a task, with that loader, so that its id stays its own.
_recent: OrderedDict[tuple[str, int], tuple[SharedModel[Any], Any]] = OrderedDict()
_FINDING = threading.Lock()


def shared(url: str, loader: Callable[[str], _T]) -> SharedModel[_T]:
    """The model of this process for a URL and a loader. Raises TypeError and ValueError for what is none."""
    recent = (url, id(loader))
    with _FINDING:
        if recent in _recent:
            _recent.move_to_end(recent)
            return _recent[recent][0]
    if not isinstance(url, str) or not callable(loader):
        raise TypeError(f"a model has a URL and a callable loader, not {url!r} and {loader!r}")
    # Each task has unpickled a loader of its own, so that loaders are compared by what they are made of.
    key = (url, hashlib.sha256(dumps_with_code(loader)).digest())
    with _FINDING:
        model = _MODELS.get(key)
        if model is None:
            model = _MODELS[key] = SharedModel(url, loader)
        _recent[recent] = (model, loader)
        # The tasks of every restart have loaders of their own.
        while len(_recent) > 16 * _KEPT or len({id(kept) for kept, _ in _recent.values()}) > _KEPT:
            _recent.popitem(last=False)
        return model
