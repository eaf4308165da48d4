# CoMapFunction: two inputs of different types, one output.
# order: free
from pyflink.common import Types
from pyflink.datastream import CoMapFunction, StreamExecutionEnvironment


class Both(CoMapFunction):
    def open(self, runtime_context):
        self.prefix = runtime_context.get_task_name() != ""

    def map1(self, value):
        return f"number {value + 1} {self.prefix}"

    def map2(self, value):
        return f"text {value.upper()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    texts = env.from_collection(["a", "b"], type_info=Types.STRING())
    numbers.connect(texts).map(Both(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
