"""Pickles of values that have no declared type: between tasks, in state, and as keys."""

from __future__ import annotations

import io
import pickle
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
    """The value in a pickle."""
    # Only what cloudpickle has written can bring a class that has to be compared with one that exists.
    return unpickled(data) if b"cloudpickle" in data else pickle.loads(data)


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
