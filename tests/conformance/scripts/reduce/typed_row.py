# The result of reduce has the type of the stream it was called on.
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.ROW_NAMED(["word", "count"], [Types.STRING(), Types.INT()])
    (
        env.from_collection([Row("a", 1), Row("b", 2), Row("a", 3)], type_info=kind)
        .key_by(lambda row: row.word)
        .reduce(lambda left, right: Row(left[0], left[1] + right[1]))
        .map(lambda row: f"{row[0]}={row[1]}", output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
