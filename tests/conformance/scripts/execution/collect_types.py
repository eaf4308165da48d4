# The Python values that execute_and_collect gives for declared types.
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.LONG(), 2**40),
    (Types.DOUBLE(), 0.1),
    (Types.STRING(), "grün"),
    (Types.BOOLEAN(), True),
    (Types.BIG_DEC(), Decimal("1.50")),
    (Types.MAP(Types.STRING(), Types.INT()), {"a": 1}),
    (Types.TUPLE([Types.INT(), Types.STRING()]), (1, "a")),
    (Types.ROW_NAMED(["x", "y"], [Types.INT(), Types.STRING()]), Row(1, "a")),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for kind, value in CASES:
        stream = env.from_collection([0]).map(lambda _, value=value: value, output_type=kind)
        with stream.execute_and_collect() as results:
            for result in results:
                print(type(result).__name__, repr(result))


if __name__ == "__main__":
    main()
