# The three kinds of arrays, as the next function sees them after a trip over a channel.
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.PRIMITIVE_ARRAY(Types.BYTE()), b"\x00ab"),
    (Types.PRIMITIVE_ARRAY(Types.SHORT()), [1, -2]),
    (Types.PRIMITIVE_ARRAY(Types.INT()), [1, 2, 3]),
    (Types.PRIMITIVE_ARRAY(Types.LONG()), []),
    (Types.PRIMITIVE_ARRAY(Types.FLOAT()), [1.5, 0.1]),
    (Types.PRIMITIVE_ARRAY(Types.DOUBLE()), [1.5, 0.1]),
    (Types.PRIMITIVE_ARRAY(Types.BOOLEAN()), [True, False]),
    (Types.BASIC_ARRAY(Types.INT()), [1, None, 3]),
    (Types.BASIC_ARRAY(Types.STRING()), ["a", "", None]),
    (Types.BASIC_ARRAY(Types.DOUBLE()), [0.1]),
    (Types.OBJECT_ARRAY(Types.STRING()), ["a", None]),
    (Types.OBJECT_ARRAY(Types.ROW([Types.INT(), Types.STRING()])), [Row(1, "a"), None]),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    fields = Types.TUPLE([kind for kind, _ in CASES])
    value = tuple(value for _, value in CASES)
    (
        env.from_collection([0])
        .map(lambda _: value, output_type=fields)
        .rebalance()
        .flat_map(lambda record: [repr(field) for field in record], output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
