"""Functions, from bytes."""

from __future__ import annotations

import io
import pickle
import sys
import threading
from typing import Any, cast

from cloudpickle import cloudpickle  # type: ignore[import-untyped]

CLASSES = "classes"
"""Among the functions: pickles of the script's classes."""

CACHED_FILES = "cached files"
"""Among the functions: paths of the job's files, by name."""

STANDS_FOR_SCRIPT = False
"""Whether `__main__` of this process stands for the script, which has run elsewhere: it gets the script's classes."""


_ONE_AT_A_TIME = threading.RLock()
"""A class is made in two steps, and found by others after the first: tasks that load functions wait for each other."""


def load(functions: bytes) -> dict[str, object]:
    """The functions of a job by name, as new objects. Called once for each subtask and attempt."""
    loaded: dict[str, Any] = unpickled(functions)
    classes = loaded.pop(CLASSES, [])
    if STANDS_FOR_SCRIPT:
        # A class that exists is left alone, so this does something once.
        for data in classes:
            unpickled(data)
    return loaded


def load_one(functions: bytes, name: str) -> Any:
    """One function of a job, as a new object; all others stay bytes."""
    return unpickled(_Packed(io.BytesIO(functions)).load()[name])


class _Packed(pickle.Unpickler):
    """Reads the functions of a job and leaves each as the bytes that it is."""

    def find_class(self, module: str, name: str) -> Any:
        """What a global of the pickle means."""
        return bytes if (module, name) == (__name__, "unpickled") else super().find_class(module, name)


def unpickled(data: bytes) -> Any:
    """The object in a pickle; a class of the script becomes the one that this process has, if it has it."""
    with _ONE_AT_A_TIME:
        return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    """Leaves classes alone that exist.

    cloudpickle finds the class that a pickled one was made of, if it is in this process, and then sets its methods
    anew, with copies of the script's globals as they were when it was pickled. A later job of the same script would go
    on with these old globals.
    """

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._existing: set[int] = set()

    def find_class(self, module: str, name: str) -> Any:
        """What a global of the pickle means."""
        if module == "cloudpickle.cloudpickle":
            if name in ("_make_skeleton_class", "_make_skeleton_enum"):
                return self._finding(getattr(cloudpickle, name))
            if name == "_class_setstate":
                return self._set_state
        return super().find_class(module, name)

    def _finding(self, make: Any) -> Any:
        def find_or_make(*args: Any) -> type:
            # The class is weakly held under its id, the last argument but one.
            known = cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.get(args[-2])
            if known is not None:
                self._existing.add(id(known))
                return cast(type, known)
            return cast(type, make(*args))

        return find_or_make

    def _set_state(self, kind: type, state: Any) -> type:
        if id(kind) in self._existing:
            return kind
        made = cast(type, cloudpickle._class_setstate(kind, state))
        if STANDS_FOR_SCRIPT and made.__module__ == "__main__":
            _give_to_main(made)
        return made


def _give_to_main(kind: type) -> None:
    """Let pickles find a class of the script by its name, as they do where the script has run."""
    main = sys.modules["__main__"]
    if "." not in kind.__qualname__ and not hasattr(main, kind.__name__):
        setattr(main, kind.__name__, kind)
