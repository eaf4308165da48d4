"""Connectors of PyFlink that Penstock does not have: their classes are there, and using one raises NotBuiltInError."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from penstock.util.exceptions import NotBuiltInError

C = TypeVar("C", bound=type)

USE_INSTEAD = "__use_instead__"
"""The attribute of such a method that says what to use instead; `penstock check` reads it."""


def not_built_in(use_instead: str) -> Callable[[C], C]:
    """Has all methods of a class, and making one, raise NotBuiltInError with these words. Signatures stay.

    >>> @not_built_in("Use a queue.")
    ... class Bus:
    ...     def __init__(self, url: str) -> None: ...
    >>> Bus("tcp://there")
    Traceback (most recent call last):
    penstock.util.exceptions.NotBuiltInError: Bus is not built in... Use a queue.
    """

    def replace(kind: C) -> C:
        for name, member in list(vars(kind).items()):
            if inspect.isclass(member):
                replace(member)
            elif isinstance(member, staticmethod):
                setattr(kind, name, staticmethod(_raising(member.__func__, use_instead)))
            elif inspect.isfunction(member):
                setattr(kind, name, _raising(member, use_instead))
        return kind

    return replace


def _raising(method: Callable[..., Any], use_instead: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def raises(*args: Any, **kwargs: Any) -> Any:
        raise NotBuiltInError(method.__qualname__.removesuffix(".__init__"), use_instead)

    raises.__doc__ = "Not built in: raises NotBuiltInError."
    vars(raises)[USE_INSTEAD] = use_instead
    return raises
