"""Finds what in a function cannot be pickled."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from penstock._runtime.pickling import dumps_with_code

_MAX_DEPTH = 4


def culprit(value: Any) -> str | None:
    """Words for the innermost part that cannot be pickled: `its attribute 'lock' is a _thread.lock`; else None."""
    path = _innermost(value, _MAX_DEPTH)
    if path is None:
        return None
    names, part = path
    if not names:
        return f"it is a {_type_name(part)}, which cannot be pickled"
    return f"its {' of '.join(reversed(names))} is a {_type_name(part)}, which cannot be pickled"


def _innermost(value: Any, depth: int) -> tuple[list[str], Any] | None:
    if _pickles(value):
        return None
    if depth > 0:
        for name, part in _parts(value):
            found = _innermost(part, depth - 1)
            if found is not None:
                return [name, *found[0]], found[1]
    return [], value


def _pickles(value: Any) -> bool:
    try:
        dumps_with_code(value)
    except Exception:
        return False
    return True


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if inspect.isfunction(value):
        variables = inspect.getclosurevars(value)
        for name, part in {**variables.nonlocals, **variables.globals}.items():
            yield f"variable '{name}'", part
        for part in value.__defaults__ or ():
            yield "default value", part
    elif inspect.ismethod(value):
        yield "object", value.__self__
    elif isinstance(value, dict):
        for key, part in value.items():
            yield f"value of {key!r}", part
    elif isinstance(value, (list, tuple, set)):
        for part in value:
            yield "item", part
    elif not isinstance(value, type):
        for name, part in getattr(value, "__dict__", {}).items():
            yield f"attribute '{name}'", part


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
