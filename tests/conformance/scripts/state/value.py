# ValueState: absent until written, per key, cleared.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor


class Sum(KeyedProcessFunction):
    def open(self, runtime_context):
        self.total = runtime_context.get_state(ValueStateDescriptor("total", Types.LONG()))

    def process_element(self, value, ctx):
        before = self.total.value()
        if value[1] < 0:
            self.total.clear()
        else:
            self.total.update((before or 0) + value[1])
        yield f"{value[0]}: {before} -> {self.total.value()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = [("a", 1), ("b", 10), ("a", 2), ("a", -1), ("b", 20), ("a", 5)]
    env.from_collection(records).key_by(lambda pair: pair[0]).process(Sum(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
