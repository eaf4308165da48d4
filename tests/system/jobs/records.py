"""Sends dataclasses and named tuples from task to task; with `bare` the functions have no annotations."""

import collections
import dataclasses
import sys
from typing import NamedTuple

from pyflink.datastream import KeyedProcessFunction, MapFunction, StreamExecutionEnvironment

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass
class Item:
    name: str
    price: float = 1.5
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Key:
    group: int


@dataclasses.dataclass
class Special(Item):
    level: int = 0

    def __post_init__(self):
        self.level += 1


@dataclasses.dataclass
class Stateful:
    value: int

    def __getstate__(self):
        return {"value": self.value + 100}

    def __setstate__(self, state):
        self.value = state["value"]


class Order(NamedTuple):
    key: Key
    items: list[Item]
    note: str | None
    more: dict[str, int]


class MakeOrder(MapFunction):
    def map(self, value: int) -> Order:
        items = [Item(f"item {i}", i / 2, ["a"] * i) for i in range(value % 3)]
        return Order(Key(value % 2), items, None if value % 2 else "note", {"n": value})


class Total(KeyedProcessFunction):
    def process_element(self, value: Order, ctx):
        yield value.key, sum(item.price for item in value.items)


def make_special(value: int) -> Special:
    special = Special("special", value)
    if value == 1:
        special.extra = "more"
    if value == 2:
        special.tags = special
    if value == 3:
        del special.price
    return special


def make_stateful(value: int) -> Stateful:
    return Stateful(value)


def make_pair(value: int) -> Pair:
    shared = [value]
    return Pair(shared, shared)


def change_one_side(pair):
    pair.left.append("changed")
    return pair


def describe(special):
    fields = {name: value if value is not special else "itself" for name, value in vars(special).items()}
    return f"{type(special).__name__} {fields}"


def main(bare):
    if bare:
        for function in (MakeOrder.map, Total.process_element, make_special, make_stateful, make_pair):
            function.__annotations__ = {}
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_collection(list(range(6)))
    orders = numbers.map(MakeOrder())
    orders.rebalance().map(lambda value: f"order {value!r}").print()
    orders.key_by(lambda order: order.key.group).process(Total()).map(lambda value: f"total {value!r}").print()
    numbers.map(make_special).rebalance().map(describe).print()
    numbers.map(make_pair).rebalance().map(change_one_side).map(lambda value: f"pair {value!r}").print()
    numbers.map(make_stateful).rebalance().map(lambda value: f"stateful {value!r}").print()
    collection = env.from_collection([Item("a"), Key(1), Pair(1, None)])
    collection.rebalance().map(lambda value: f"collection {value!r}").print()
    env.execute()


if __name__ == "__main__":
    main(sys.argv[1:] == ["bare"])
