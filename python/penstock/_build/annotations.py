"""Classes that a function's annotations name, in TypedDicts and lists too. They choose how values are sent, and never
what is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args, get_type_hints, is_typeddict

from penstock._runtime.records import layout

_PACKAGE = __name__.partition(".")[0] + "."


def record_classes(function: Any) -> list[type]:
    """The dataclasses and named tuples in the annotations of a function, or of the methods of a function object."""
    found: dict[type, None] = {}
    seen: set[type] = set()
    for callee in _callees(function):
        for annotation in _annotations(callee):
            _collect(annotation, found, seen)
    return list(found)


def classes_of_values(values: Iterable[Any]) -> list[type]:
    """The dataclasses and named tuples that values are of."""
    found: dict[type, None] = {}
    seen: set[type] = set()
    for kind in dict.fromkeys(map(type, values)):
        _collect(kind, found, seen)
    return list(found)


def _callees(function: Any) -> Iterator[Callable[..., Any]]:
    if inspect.isroutine(function):
        yield function
        return
    for kind in type(function).__mro__:
        if not kind.__module__.startswith(_PACKAGE) and kind is not object:
            yield from (value for value in vars(kind).values() if inspect.isfunction(value))


def _annotations(callee: Any) -> Iterable[Any]:
    if not getattr(callee, "__annotations__", None):
        return ()
    try:
        return get_type_hints(callee).values()
    except Exception:  # an annotation may say anything, also names that exist for type checkers alone
        return ()


def _collect(annotation: Any, found: dict[type, None], seen: set[type]) -> None:
    for part in get_args(annotation):
        _collect(part, found, seen)
    if not isinstance(annotation, type) or annotation in seen:
        return
    seen.add(annotation)
    if layout(annotation) is not None:
        found[annotation] = None
    elif not is_typeddict(annotation):
        return
    for part in _annotations(annotation):
        _collect(part, found, seen)
