"""Pickles: of functions with their code, and of values that have no declared type."""

from __future__ import annotations

import io
import pickle
import pickletools
import sys
from typing import Any

from cloudpickle import cloudpickle  # type: ignore[import-untyped]

from penstock._runtime.loading import unpickled

# One for all versions of Python, so that the same key has the same bytes everywhere.
_KEY_PROTOCOL = 4

# Py_TPFLAGS_HEAPTYPE of CPython: what a type has that was made by a class statement.
_HEAP_TYPE = 1 << 9


def dumps_with_code(value: Any, protocol: int | None = None) -> bytes:
    """A pickle that brings along the functions and classes of the script; those of modules go by name."""
    file = io.BytesIO()
    _WithCode(file, protocol).dump(value)
    return file.getvalue()


class _WithCode(cloudpickle.Pickler):  # type: ignore[misc]
    """Names types of extension modules by where they can be imported from.

    Such a type may call its module by a name that cannot be imported (confluent_kafka.Consumer says cimpl.Consumer).
    cloudpickle takes it for one of the script then, and writes what cannot be read.
    """

    def reducer_override(self, value: Any) -> Any:
        """How a value is pickled."""
        if isinstance(value, type) and value.__module__ not in sys.modules and not value.__flags__ & _HEAP_TYPE:
            for name, module in list(sys.modules.items()):
                named: Any = getattr(module, "__dict__", {}).get(value.__name__)
                if named is value and name != "__main__":
                    return getattr, (module, value.__name__)
        return super().reducer_override(value)


def dumps(value: Any) -> bytes:
    """A value's pickle. Classes go by name; only what has no name that leads to it goes by value."""
    try:
        return pickle.dumps(value, protocol=5)
    except Exception:
        return dumps_with_code(value)


def loads(data: bytes) -> Any:
    """The value in a pickle. What goes wrong is said with the classes that the pickle names."""
    try:
        # Only what cloudpickle has written can bring a class that has to be compared with one that exists.
        return unpickled(data) if b"cloudpickle" in data else pickle.loads(data)
    except Exception as error:
        classes = ", ".join(_classes(data)) or "no class"
        raise pickle.UnpicklingError(f"a pickle of {classes} does not load: {type(error).__name__}: {error}") from error


def _classes(data: bytes) -> list[str]:
    """The globals that a pickle names, as far as it can be read; nothing is looked up."""
    names: dict[str, None] = {}
    texts: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "GLOBAL":
                names[str(argument).replace(" ", ".")] = None
            elif opcode.name == "STACK_GLOBAL" and len(texts) >= 2:
                names[".".join(texts[-2:])] = None
            elif isinstance(argument, str):
                texts.append(argument)
    except ValueError:
        pass
    return list(names)[:5]


def dumps_canonical(value: Any) -> bytes:
    """A pickle that is the same for equal keys: nothing in it tells whether two parts are one object."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol=_KEY_PROTOCOL)
    pickler.fast = True
    try:
        pickler.dump(value)
    except Exception:
        return dumps_with_code(value, _KEY_PROTOCOL)
    return file.getvalue()
