# Numbers and strings as whole records; the position defaults to 0.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([3, 5, 2, 5, 4], type_info=Types.INT()).key_by(lambda number: number % 2)
    numbers.sum().print("sum")
    numbers.min(0).print("min")
    numbers.max().print("max")
    numbers.min_by().print("min_by")
    numbers.max_by(0).print("max_by")
    words = env.from_collection(["b", "a", "c"], type_info=Types.STRING()).key_by(lambda _: 0)
    words.max().print("words")
    env.execute()


if __name__ == "__main__":
    main()
