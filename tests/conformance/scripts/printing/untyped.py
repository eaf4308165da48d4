# Without a declared type a record is printed as Python's str prints it.
from datetime import date, datetime, time
from decimal import Decimal

from pyflink.common import Row
from pyflink.datastream import StreamExecutionEnvironment

VALUES = [
    1, 1.0, True, "text", "", (1, "a"), (1,), [1, "a"], {"a": 1, "b": [None]}, {1}, 1e10, 1e16, float("nan"), -0.0,
    10**30, 1j, Decimal("1.10"), date(2024, 1, 1), datetime(2024, 1, 1), time(1, 2), Row(1, "a"), Row(a=1, b="x"),
    (b"bytes", None), range(3), frozenset(), int,
]  # fmt: skip


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(range(len(VALUES))).map(lambda index: VALUES[index]).print()
    env.execute()


if __name__ == "__main__":
    main()
