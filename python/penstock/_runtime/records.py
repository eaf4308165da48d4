"""Classes whose instances the engine sends field by field: plain dataclasses and named tuples.

Nobody can tell the difference from a pickle, so a class that has a say in how it is pickled, or in how its attributes
are set and read, is none of them.
"""

from __future__ import annotations

import copyreg
import dataclasses
import inspect
import sys
import zlib
from collections.abc import Iterable
from typing import Any

from penstock._runtime.loading import unpickled

RECORDS = "records"
"""Among the functions: pickles of the classes that annotations name."""

Layout = tuple[type, int, "list[str] | None", int]
"""A class, its id, the names of its fields (None for a named tuple) and their number."""

# What has to be Python's own: how an object is made, pickled and read.
_OWN = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getattribute__")


def layouts(loaded: dict[str, Any]) -> list[Layout]:
    """The layouts of the classes among loaded functions."""
    found = [layout(kind) for kind in map(_class, loaded.pop(RECORDS, ())) if kind is not None]
    return [known for known in found if known is not None]


def layout(kind: type) -> Layout | None:
    """How instances are sent; None if they are pickled."""
    if kind in copyreg.dispatch_table or hasattr(kind, "__getnewargs_ex__"):
        return None
    names = _tuple_fields(kind)
    if names is not None:
        return kind, _id(kind, names), None, len(names)
    names = _dataclass_fields(kind)
    return None if names is None else (kind, _id(kind, names), names, len(names))


def _class(data: bytes) -> type | None:
    try:
        kind = unpickled(data)
    except Exception:  # a class that cannot be loaded here is not needed here, or a function that needs it says so
        return None
    return kind if isinstance(kind, type) else None


def _tuple_fields(kind: type) -> list[str] | None:
    """Fields of what `NamedTuple` and `namedtuple` make; subclasses of these may have anything."""
    fields = getattr(kind, "_fields", None)
    if kind.__bases__ != (tuple,) or not isinstance(fields, tuple) or kind.__dictoffset__:
        return None
    own = all(getattr(kind, name) is getattr(object, name) for name in ("__reduce__", "__reduce_ex__"))
    return [str(name) for name in fields] if own else None


def _dataclass_fields(kind: type) -> list[str] | None:
    if not dataclasses.is_dataclass(kind) or not kind.__dictoffset__ or hasattr(kind, "__getnewargs__"):
        return None
    if any(getattr(kind, name, None) is not getattr(object, name, None) for name in _OWN):
        return None
    if any(vars(base).get("__slots__") for base in kind.__mro__):
        return None
    names = [field.name for field in dataclasses.fields(kind)]
    described = (inspect.getattr_static(kind, name, None) for name in names)
    if any(hasattr(type(value), "__set__") for value in described):
        return None
    # Attribute names of an instance's dict are interned.
    return [sys.intern(name) for name in names]


def _id(kind: type, names: Iterable[str]) -> int:
    return zlib.crc32(f"{kind.__module__}.{kind.__qualname__}({', '.join(names)})".encode())
