# In batch mode the records of one key come together, in the order they had.
# order: free
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor


class Together(KeyedProcessFunction):
    def open(self, runtime_context):
        self.items = runtime_context.get_list_state(ListStateDescriptor("items", Types.INT()))
        self.keys = []

    def process_element(self, value, ctx):
        key = ctx.get_current_key()
        if not self.keys or self.keys[-1] != key:
            assert key not in self.keys
            self.keys.append(key)
        self.items.add(value)
        yield f"{key} {list(self.items.get())}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_collection([1, 2, 3, 4, 5, 6, 7], type_info=Types.INT())
    numbers.key_by(lambda number: number % 3, Types.INT()).process(Together(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
