# A TUPLE is printed without blanks, its fields in Java notation.
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.TUPLE(
        [
            Types.INT(),
            Types.STRING(),
            Types.DOUBLE(),
            Types.BOOLEAN(),
            Types.TUPLE([Types.LONG(), Types.STRING()]),
            Types.ROW([Types.INT(), Types.STRING()]),
            Types.LIST(Types.DOUBLE()),
        ]
    )
    values = [
        (1, "a", 1.0, True, (2**40, "in"), Row(1, "row"), [1.0, 1e10]),
        (-2, "", 1e-9, False, (0, "b c"), Row(None, ""), []),
    ]
    env.from_collection([0, 1]).map(lambda index: values[index], output_type=kind).print()
    env.execute()
    env.from_collection([7]).map(lambda value: (value,), output_type=Types.TUPLE([Types.INT()])).print()
    env.execute()


if __name__ == "__main__":
    main()
