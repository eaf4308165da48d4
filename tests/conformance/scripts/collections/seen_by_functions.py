# What a function is given for each declared type of a collection.
from datetime import date, datetime
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

NAMES = ["i", "l", "d", "f", "s", "b", "dec", "day", "at", "m", "t", "r"]
KIND = Types.ROW_NAMED(
    NAMES,
    [
        Types.INT(), Types.LONG(), Types.DOUBLE(), Types.FLOAT(), Types.STRING(), Types.BOOLEAN(), Types.BIG_DEC(),
        Types.SQL_DATE(), Types.SQL_TIMESTAMP(), Types.MAP(Types.STRING(), Types.INT()),
        Types.TUPLE([Types.INT(), Types.STRING()]), Types.ROW([Types.INT(), Types.STRING()]),
    ],
)  # fmt: skip
RECORD = Row(
    1, 2**40, 1.5, 0.1, "x", True, Decimal("1.10"), date(2024, 2, 29), datetime(2024, 2, 29, 1, 2, 3, 456000), {"k": 1},
    (1, "t"), Row(2, "r"),
)  # fmt: skip


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)

    def describe(row):
        for name in NAMES:
            yield f"{name} {type(row[name]).__name__} {row[name]!r}"

    env.from_collection([RECORD], type_info=KIND).flat_map(describe).print()
    env.execute()


if __name__ == "__main__":
    main()
