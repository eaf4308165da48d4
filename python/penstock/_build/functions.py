"""User functions on their way to the engine.

A function is pickled when it is given to a stream, as PyFlink does it: a lambda in a loop keeps the loop's variables as
they are then, and two operators that are given the same object each get a copy of their own.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from penstock._build.annotations import record_classes
from penstock._build.call_site import call_site
from penstock._build.culprit import culprit
from penstock._runtime.loading import CACHED_FILES, CLASSES, unpickled
from penstock._runtime.pickling import dumps_with_code
from penstock._runtime.records import RECORDS


class UnpicklableFunctionError(TypeError):
    """A function, or something that it holds, cannot be sent to the engine."""


class PickledFunction:
    """A function as bytes; unpickling this gives the function. `records` are the classes that its annotations name."""

    def __init__(self, data: bytes, records: Sequence[type] = ()) -> None:
        self.data = data
        self.records = records

    def __reduce__(self) -> tuple[Any, ...]:
        return unpickled, (self.data,)


def pickled(function: Any, role: str) -> PickledFunction:
    """The function as bytes. `role` is how messages call it: `the function of map`.

    Raises UnpicklableFunctionError naming the function, where it was given, and what in it cannot be pickled.
    """
    try:
        return PickledFunction(dumps_with_code(function), record_classes(function))
    except Exception as error:
        site = call_site()
        where = f"{site}: " if site else ""
        raise UnpicklableFunctionError(
            f"{where}{role}, {_name(function)}, cannot be sent to the engine: {culprit(function) or error}. "
            "Make such things in open(), which runs where the function runs."
        ) from None


def pack(
    functions: dict[str, PickledFunction],
    records: Iterable[type] = (),
    cached_files: Mapping[str, str] | None = None,
    *,
    with_classes: bool = False,
) -> bytes:
    """All functions by name, as `penstock._runtime.load` takes them, with the classes of the script where asked for."""
    packed: dict[str, object] = {**functions}
    if cached_files:
        packed[CACHED_FILES] = cached_files
    if classes := _pickled_classes(records):
        packed[RECORDS] = classes
    if with_classes:
        packed[CLASSES] = _classes_of_script()
    return pickle.dumps(packed, protocol=pickle.HIGHEST_PROTOCOL)


def _classes_of_script() -> list[bytes]:
    """A pickle of each class of `__main__`: where functions run in other processes, values name them."""
    main = vars(sys.modules["__main__"])
    return _pickled_classes(v for v in main.values() if isinstance(v, type) and v.__module__ == "__main__")


def _pickled_classes(classes: Iterable[type]) -> list[bytes]:
    return [data for data in map(_pickled_class, classes) if data is not None]


def _pickled_class(kind: type) -> bytes | None:
    try:
        return dumps_with_code(kind)
    except Exception:  # one that no function needs harms nobody, and one that some function needs is named there
        return None


def _name(function: Any) -> str:
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else f"an object of {type(function).__qualname__}"
