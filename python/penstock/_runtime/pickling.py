"""Pickles of values that have no declared type: between tasks, in state, and as keys."""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from penstock._runtime.loading import unpickled

# One for all versions of Python, so that the same key has the same bytes everywhere.
_KEY_PROTOCOL = 4


def dumps(value: Any) -> bytes:
    """A value's pickle. Classes go by name; only what has no name that leads to it goes by value."""
    try:
        return pickle.dumps(value, protocol=5)
    except Exception:
        return bytes(cloudpickle.dumps(value))


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
        return bytes(cloudpickle.dumps(value, protocol=_KEY_PROTOCOL))
    return file.getvalue()
