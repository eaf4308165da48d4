# A state's value changed in place without update, while the same key stays current and after another key.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor


class Grow(KeyedProcessFunction):
    def open(self, runtime_context):
        self.items = runtime_context.get_state(ValueStateDescriptor("items", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, value, ctx):
        items = self.items.value()
        if items is None:
            items = []
            self.items.update(items)
        items.append(value[1])
        yield f"{value[0]} {self.items.value()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = [("a", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5), ("a", 6)]
    env.from_collection(records).key_by(lambda pair: pair[0]).process(Grow(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
