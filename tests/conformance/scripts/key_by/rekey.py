# A stream keyed again after a keyed step, and the key called in another type.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.TUPLE([Types.STRING(), Types.STRING(), Types.INT()])
    (
        env.from_collection([("a", "x", 1), ("a", "y", 2), ("b", "x", 3), ("b", "y", 4), ("a", "x", 5)], type_info=kind)
        .key_by(lambda record: record[0])
        .sum(2)
        .key_by(lambda record: record[1])
        .max(2)
        .print("case 1")
    )
    (
        env.from_collection([("a", "x", 1), ("a", "y", 2), ("b", "x", 3)], type_info=kind)
        .key_by(lambda record: record[0])
        .key_by(lambda record: record[1])
        .sum(2)
        .print("case 2")
    )
    env.execute()


if __name__ == "__main__":
    main()
