# A value that does not fit its declared type fails the job.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [
    (Types.INT(), 2**31),
    (Types.BYTE(), 200),
    (Types.LONG(), "x"),
    (Types.STRING(), 5),
    (Types.DOUBLE(), "x"),
    (Types.BOOLEAN(), "a"),
    (Types.TUPLE([Types.INT(), Types.STRING()]), ("x", "y")),
    (Types.LIST(Types.INT()), [1, "x"]),
    (Types.STRING(), None),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for kind, value in CASES:
        env.from_collection([0]).map(lambda _, value=value: value, output_type=kind).print()
        try:
            env.execute()
            print(kind, repr(value), "accepted")
        except Exception:
            print(kind, repr(value), "refused")


if __name__ == "__main__":
    main()
