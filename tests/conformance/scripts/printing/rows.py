# A ROW is printed with its kind; its fields are printed in Python notation, without blanks between them.
# order: per-sink
from datetime import date, datetime
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.common.time import Instant
from pyflink.datastream import StreamExecutionEnvironment

SIMPLE = Types.ROW([Types.INT(), Types.STRING(), Types.DOUBLE(), Types.BOOLEAN()])
NESTED = Types.ROW(
    [
        Types.ROW([Types.INT(), Types.STRING()]),
        Types.LIST(Types.INT()),
        Types.MAP(Types.STRING(), Types.DOUBLE()),
        Types.TUPLE([Types.INT(), Types.STRING()]),
        Types.PRIMITIVE_ARRAY(Types.BYTE()),
        Types.PICKLED_BYTE_ARRAY(),
    ]
)
TEMPORAL = Types.ROW([Types.SQL_DATE(), Types.SQL_TIMESTAMP(), Types.INSTANT(), Types.BIG_DEC()])


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    simple = [Row(1, "a", 1e10, True), Row(None, None, None, None), Row(-1, "", float("nan"), False)]
    env.from_collection([0, 1, 2]).map(lambda index: simple[index], output_type=SIMPLE).print("case 1")
    nested = Row(Row(1, "in"), [1, 2], {"a": 1.0}, (1, "x"), b"ab", {"k": (1, None)})
    env.from_collection([0]).map(lambda _: nested, output_type=NESTED).print("case 2")
    temporal = Row(date(2024, 1, 1), datetime(2024, 1, 1, 1, 1), Instant.of_epoch_milli(5), Decimal("1.50"))
    env.from_collection([0]).map(lambda _: temporal, output_type=TEMPORAL).print("case 3")
    env.execute()


if __name__ == "__main__":
    main()
