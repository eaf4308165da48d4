# The Python values that execute_and_collect gives for declared types.
from datetime import date, datetime, time
from decimal import Decimal

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.LONG(), 2**40),
    (Types.DOUBLE(), 0.1),
    (Types.STRING(), "grün"),
    (Types.BOOLEAN(), True),
    (Types.BIG_DEC(), Decimal("1.50")),
    (Types.SQL_DATE(), date(2024, 2, 29)),
    (Types.SQL_TIME(), time(1, 2, 3)),
    (Types.SQL_TIMESTAMP(), datetime(2024, 2, 29, 1, 2, 3, 456000)),
    (Types.LIST(Types.INT()), [1, 2]),
    (Types.MAP(Types.STRING(), Types.INT()), {"a": 1}),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.TUPLE([kind for kind, _ in CASES])
    values = tuple(value for _, value in CASES)
    with env.from_collection([0]).map(lambda _: values, output_type=kind).execute_and_collect() as results:
        for result in results:
            for field in result:
                print(type(field).__name__, repr(field))


if __name__ == "__main__":
    main()
