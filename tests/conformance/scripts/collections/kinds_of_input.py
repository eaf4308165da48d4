# Lists, tuples, ranges and an empty typed collection.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection((1, 2), type_info=Types.INT()).print("case 1")
    env.from_collection(range(3), type_info=Types.LONG()).print("case 2")
    env.from_collection([1, 2]).filter(lambda _: False).print("case 3")
    env.execute()
    print("end")


if __name__ == "__main__":
    main()
