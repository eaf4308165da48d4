# CoProcessFunction without keys.
# order: free
from pyflink.common import Types
from pyflink.datastream import CoProcessFunction, StreamExecutionEnvironment


class Both(CoProcessFunction):
    def process_element1(self, value, ctx):
        yield f"left {value} {ctx.timestamp()}"

    def process_element2(self, value, ctx):
        yield f"right {value} {ctx.timestamp()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    texts = env.from_collection(["a"], type_info=Types.STRING())
    numbers.connect(texts).process(Both(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
