"""Which calls the engine makes of a function object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.datastream.functions import Function

# Method names of each shape, one per input. Shapes of one method also take a plain callable.
_METHODS = {
    "map": ("map",),
    "flat_map": ("flat_map",),
    "filter": ("filter",),
    "reduce": ("reduce",),
    "process": ("process_element",),
    "co_map": ("map1", "map2"),
    "co_flat_map": ("flat_map1", "flat_map2"),
    "co_process": ("process_element1", "process_element2"),
    "async_wait": ("async_invoke",),
    "interval_join": ("process_element",),
    "broadcast_process": ("process_element", "process_broadcast_element"),
}

_TIMER_SHAPES = frozenset({"process", "co_process", "broadcast_process"})


class BoundFunction:
    """The calls of a function object: the user's own methods, without anything around them.

    `calls` has one per input; `on_timer`, `open` and `close` are None where the user's class has none.
    """

    __slots__ = ("calls", "close", "on_timer", "open")

    def __init__(
        self,
        calls: tuple[Callable[..., Any], ...],
        on_timer: Callable[..., Any] | None,
        open: Callable[..., Any] | None,
        close: Callable[..., Any] | None,
    ) -> None:
        self.calls = calls
        self.on_timer = on_timer
        self.open = open
        self.close = close


def bind(function: Any, shape: str, keyed: bool) -> BoundFunction:
    """The calls that an operator of this shape makes. Raises TypeError if the object lacks one of them."""
    on_timer = own_method(function, "on_timer") if keyed and shape in _TIMER_SHAPES else None
    if isinstance(function, Function):
        return BoundFunction(
            _calls(function, shape), on_timer, own_method(function, "open"), own_method(function, "close")
        )
    methods = _METHODS[shape]
    if len(methods) == 1 and shape not in _TIMER_SHAPES and callable(function):
        return BoundFunction((function,), None, None, None)
    return BoundFunction(_calls(function, shape), on_timer, own_method(function, "open"), own_method(function, "close"))


def _calls(function: Any, shape: str) -> tuple[Callable[..., Any], ...]:
    methods = _METHODS[shape]
    missing = [name for name in methods if not callable(getattr(function, name, None))]
    if missing:
        raise TypeError(f"{type(function).__qualname__} has no method {' and no method '.join(missing)}")
    return tuple(getattr(function, name) for name in methods)


def own_method(function: Any, name: str) -> Callable[..., Any] | None:
    """The method, unless the class only inherits the empty one of this package."""
    method = getattr(function, name, None)
    if not callable(method):
        return None
    defined_in = getattr(getattr(method, "__func__", method), "__module__", None) or ""
    return None if defined_in.startswith("penstock.datastream.functions.") else method
