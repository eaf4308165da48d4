# sum, min, max, min_by and max_by of tuples: only the named field changes, but by min_by and max_by the record does.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

KIND = Types.TUPLE([Types.STRING(), Types.INT(), Types.STRING()])
RECORDS = [("a", 3, "first"), ("a", 5, "second"), ("b", 1, "third"), ("a", 2, "fourth"), ("b", 1, "fifth")]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    keyed = env.from_collection(RECORDS, type_info=KIND).key_by(lambda record: record[0])
    for method in ("sum", "min", "max", "min_by", "max_by"):
        getattr(keyed, method)(1).print(method)
    env.execute()


if __name__ == "__main__":
    main()
