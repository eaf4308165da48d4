# CoFlatMapFunction: any number of records for each record of either input.
# order: free
from pyflink.common import Types
from pyflink.datastream import CoFlatMapFunction, StreamExecutionEnvironment


class Both(CoFlatMapFunction):
    def flat_map1(self, value):
        for number in range(value):
            yield f"left {number}"

    def flat_map2(self, value):
        return [f"right {char}" for char in value] if value else None


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([0, 2], type_info=Types.INT())
    texts = env.from_collection(["ab", ""], type_info=Types.STRING())
    numbers.connect(texts).flat_map(Both(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
