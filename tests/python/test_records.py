"""Which classes are sent field by field, and which of them a function's annotations name."""

from __future__ import annotations

import collections
import copyreg
import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional, TypedDict

import pytest

from penstock._build.annotations import classes_of_values, record_classes
from penstock._runtime.records import layout
from penstock.datastream import MapFunction, StreamExecutionEnvironment

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Item:
    name: str
    price: float = 0.0


@dataclasses.dataclass(frozen=True)
class Frozen:
    level: int = 1


class Order(NamedTuple):
    first: Item
    rest: Optional[list[Frozen]]  # noqa: UP045 - one of the ways of writing it


class Fields(TypedDict):
    pair: Pair


@dataclasses.dataclass
class WithState:
    value: int

    def __getstate__(self) -> dict[str, int]:
        return {}


@dataclasses.dataclass
class WithReduce:
    value: int

    def __reduce__(self) -> tuple[Any, ...]:
        return WithReduce, (1,)


@dataclasses.dataclass
class WithNew:
    value: int

    def __new__(cls, *args: Any) -> WithNew:
        return super().__new__(cls)


@dataclasses.dataclass
class WithReading:
    value: int

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name)


@dataclasses.dataclass(slots=True)
class WithSlots:
    value: int


@dataclasses.dataclass
class WithProperty:
    value: int = property(lambda self: 1, lambda self, value: None)  # type: ignore[assignment]


class BelowOrder(Order):
    pass


@dataclasses.dataclass
class Registered:
    value: int


copyreg.pickle(Registered, lambda registered: (Registered, (2,)))


def test_layouts() -> None:
    assert layout(Item)[2:] == (["name", "price"], 2)  # type: ignore[index]
    assert layout(Frozen)[2:] == (["level"], 1)  # type: ignore[index]
    assert layout(Order)[2:] == (None, 2)  # type: ignore[index]
    assert layout(Pair)[2:] == (None, 2)  # type: ignore[index]
    ids = {layout(kind)[1] for kind in (Item, Frozen, Order, Pair)}  # type: ignore[index]
    assert len(ids) == 4


@pytest.mark.parametrize(
    "kind",
    [int, dict, tuple, WithState, WithReduce, WithNew, WithReading, WithSlots, WithProperty, BelowOrder, Registered],
)
def test_what_has_a_say_is_pickled(kind: type) -> None:
    assert layout(kind) is None


def test_annotations() -> None:
    def make(value: int) -> Iterator[Order]:
        yield Order(Item("a"), None)

    def take(value: Fields) -> None:
        pass

    def unknown(value: NotThere) -> Item:  # type: ignore[name-defined] # noqa: F821
        return value

    class Make(MapFunction):
        def map(self, value: Pair) -> dict[str, tuple[Item, ...]]:
            return {}

    assert record_classes(make) == [Order, Item, Frozen]
    assert record_classes(take) == [Pair]
    assert record_classes(Make()) == [Pair, Item]
    assert record_classes(unknown) == record_classes(lambda value: value) == record_classes(str.split) == []


def test_values_of_a_collection() -> None:
    assert classes_of_values([1, Item("a"), Pair(1, 2), Item("b"), BelowOrder(Item("a"), None)]) == [Item, Pair]


def test_classes_go_with_the_functions_of_a_job(env: StreamExecutionEnvironment) -> None:
    from penstock._runtime import layouts, load

    def make(value: Item) -> Order:
        return Order(value, None)

    env.from_collection([Item("a")]).map(make).map(lambda order: order.first).print()
    loaded = load(env._graph().functions)
    assert {kind for kind, *_ in layouts(loaded)} == {Item, Order, Frozen}
    assert layouts(loaded) == [], "they were taken out"
