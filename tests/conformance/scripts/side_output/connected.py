# Side outputs of functions of two inputs.
# order: free
from pyflink.common import Types
from pyflink.datastream import CoProcessFunction, OutputTag, StreamExecutionEnvironment

LEFT = OutputTag("left", Types.INT())
RIGHT = OutputTag("right", Types.STRING())


class Split(CoProcessFunction):
    def process_element1(self, value, ctx):
        yield LEFT, value
        yield f"main {value}"

    def process_element2(self, value, ctx):
        yield RIGHT, value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1], type_info=Types.INT())
    texts = env.from_collection(["a"], type_info=Types.STRING())
    split = numbers.connect(texts).process(Split(), output_type=Types.STRING())
    split.print("main")
    split.get_side_output(LEFT).print("left")
    split.get_side_output(RIGHT).print("right")
    env.execute()


if __name__ == "__main__":
    main()
