# The same by the name of a field of a named row.
# order: per-sink
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

KIND = Types.ROW_NAMED(["word", "amount", "note"], [Types.STRING(), Types.DOUBLE(), Types.STRING()])
RECORDS = [Row("a", 3.5, "x"), Row("a", 5.0, "y"), Row("b", 1.0, "z"), Row("a", 2.0, "v"), Row("b", 1e10, "w")]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    keyed = env.from_collection(RECORDS, type_info=KIND).key_by(lambda row: row.word)
    for method in ("sum", "min", "max", "min_by", "max_by"):
        getattr(keyed, method)("amount").print(method)
    env.execute()


if __name__ == "__main__":
    main()
