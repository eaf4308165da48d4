# What a function downstream of a channel is given for each declared type: the Python type and the value.
from datetime import date, datetime, time
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.common.time import Instant
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.STRING(), "a"),
    (Types.BYTE(), -5),
    (Types.BOOLEAN(), True),
    (Types.SHORT(), 7),
    (Types.INT(), True),
    (Types.LONG(), 2**40),
    (Types.FLOAT(), 0.1),
    (Types.DOUBLE(), 1),
    (Types.BIG_DEC(), Decimal("1.50")),
    (Types.INSTANT(), Instant(1, 123456000)),
    (Types.SQL_DATE(), date(2024, 2, 29)),
    (Types.SQL_TIME(), time(1, 2, 3, 456000)),
    (Types.SQL_TIMESTAMP(), datetime(2024, 2, 29, 1, 2, 3, 456000)),
    (Types.PICKLED_BYTE_ARRAY(), {"k": (1, None)}),
    (Types.ROW([Types.INT(), Types.STRING()]), Row(1, None)),
    (Types.ROW_NAMED(["x", "y"], [Types.INT(), Types.INT()]), Row(1, 2)),
    (Types.TUPLE([Types.INT(), Types.STRING()]), (1, "a")),
    (Types.LIST(Types.INT()), [1, 2]),
    (Types.MAP(Types.STRING(), Types.INT()), {"a": 1, "b": None}),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    fields = Types.TUPLE([kind for kind, _ in CASES])
    value = tuple(value for _, value in CASES)

    def describe(record):
        for field in record:
            yield f"{type(field).__name__} {field!r}"

    env.from_collection([0]).map(lambda _: value, output_type=fields).rebalance().flat_map(describe).print()
    env.execute()


if __name__ == "__main__":
    main()
