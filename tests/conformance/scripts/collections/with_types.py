# from_collection with a type: records are converted when the stream is built.
# order: per-sink
from datetime import date, datetime, time
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.DOUBLE(), [1.5, -0.0, 1e10]),
    (Types.FLOAT(), [0.1]),
    (Types.BOOLEAN(), [True]),
    (Types.STRING(), ["a", ""]),
    (Types.BIG_DEC(), [Decimal("1.10")]),
    (Types.SQL_DATE(), [date(2024, 2, 29)]),
    (Types.SQL_TIME(), [time(1, 2, 3)]),
    (Types.SQL_TIMESTAMP(), [datetime(2024, 2, 29, 1, 2, 3, 456789)]),
    (Types.MAP(Types.STRING(), Types.INT()), [{"a": 1}]),
    (Types.TUPLE([Types.INT(), Types.STRING()]), [(1, "a")]),
    (Types.ROW([Types.INT(), Types.STRING()]), [Row(1, "a"), (2, "b"), [3, None]]),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for kind, values in CASES:
        env.from_collection(values, type_info=kind).print(str(kind))
    env.execute()


if __name__ == "__main__":
    main()
