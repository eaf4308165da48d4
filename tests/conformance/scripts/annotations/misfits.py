# An annotation changes nothing, whether the values fit it or not.
# order: free
import datetime
from typing import Any, List, NamedTuple, Optional, Tuple, TypedDict, Union

from pyflink.datastream import FlatMapFunction, MapFunction, StreamExecutionEnvironment


class Whole(int):
    def __repr__(self):
        return f"Whole({int(self)})"

    __str__ = __repr__


class Point(NamedTuple):
    x: int
    y: float


class Person(TypedDict):
    name: str
    age: int


def as_int(n) -> int:
    return [True, 1, 1.0, 2**70, -(2**63), Whole(3), "4", b"5"][n]


def as_float(n) -> float:
    return [1, 1.5, float("inf"), True, "x", [], -0.0, 10**20][n]


def as_bool(n) -> bool:
    return [1, True, 0, False, (), "", [], 2.0][n]


def as_text(n) -> str:
    return ["a", b"b", 1, {}, "\ud800".encode("utf-8", "surrogatepass").hex(), "", "ü", ["c"]][n]


def as_bytes(n) -> bytes:
    return [b"a", bytearray(b"b"), "c", (), b"", b"\xff", 1, [1]][n]


def as_list(n) -> List[int]:
    return [[1], [True], [1.0], ["x"], [], (1, 2), [[1], [2]], {}][n]


def as_tuple(n) -> Tuple[int, str]:
    return [(1, "a"), (1,), [1, "a"], (True, "a"), ("a", 1), (1, "a", 2), Point(1, 2), {}][n]


def as_optional(n) -> Optional[int]:
    return [(), 1, True, "1", 1.0, 2**65, [None], {None: None}][n]


def as_person(n) -> Person:
    return [
        {"name": "a", "age": 1}, {"age": 1, "name": "a"}, {"name": "a"}, {"name": "a", "age": "1", "more": 2},
        {}, [None], {"name": None, "age": True}, {1: 2},
    ][n]


def as_point(n) -> Point:
    return [Point(1, 2.0), Point("a", None), Point([1], {}), (1, 2.0), Point(True, 1), (None,), "p", Point(Point(1, 2), 3)][n]


def as_anything(n) -> Union[int, "Unknown", Any]:  # noqa: F821
    return [1, "a", 1.5, (1,), {"a": {1}}, frozenset([1]), datetime.date(2020, 1, 2), complex(1, 2)][n]


class Annotated(MapFunction):
    def map(self, value: int) -> "Point":
        return as_point(value)


class Several(FlatMapFunction):
    def flat_map(self, value: int) -> List[Point]:
        yield as_point(value)
        yield as_person(value)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection(list(range(8)))
    functions = (
        as_int, as_float, as_bool, as_text, as_bytes, as_list, as_tuple, as_optional, as_person, as_point, as_anything,
    )
    for function in functions:
        mapped = numbers.map(function).rebalance()
        mapped.map(lambda value: f"{type(value).__name__} {value!r}").print(function.__name__)
    numbers.map(Annotated()).rebalance().map(repr).print("method")
    numbers.flat_map(Several()).rebalance().map(repr).print("several")
    env.execute()


if __name__ == "__main__":
    main()
