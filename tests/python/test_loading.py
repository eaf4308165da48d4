"""Functions from bytes, by several tasks at a time."""

from __future__ import annotations

import gc
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from cloudpickle import dumps

from penstock._runtime.loading import unpickled

IN_BETWEEN: list[Callable[[], None]] = []


def between(value: str) -> str:
    """What is called while the class is made, and has no methods yet."""
    IN_BETWEEN.pop()() if IN_BETWEEN else None
    return value


class Hook:
    """An attribute whose unpickling lets another thread run."""

    def __reduce__(self) -> tuple[Callable[[str], str], tuple[str]]:
        return between, ("made",)


def pickled_object() -> bytes:
    """An object of a class that this process does not keep."""

    class Base(ABC):
        @abstractmethod
        def work(self) -> str: ...

    class Function(Base):
        hook = Hook()

        def work(self) -> str:
            return "done"

    Base.__module__ = Function.__module__ = "__main__"
    return dumps(Function())


def test_a_class_is_not_found_before_it_has_its_methods() -> None:
    data, loaded = pickled_object(), list[Any]()
    gc.collect()
    other = threading.Thread(target=lambda: loaded.append(unpickled(data)))

    def let_it_try() -> None:
        other.start()
        other.join(0.2)  # it has to wait: this is how long it gets to do the wrong thing

    IN_BETWEEN.append(let_it_try)
    mine = unpickled(data)
    other.join()
    assert not IN_BETWEEN
    assert [one.work() for one in (mine, *loaded)] == ["done", "done"]
    assert type(mine) is type(loaded[0])
