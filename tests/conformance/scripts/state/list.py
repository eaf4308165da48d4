# ListState: add, add_all, update, iteration and clear.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor


class Lists(KeyedProcessFunction):
    def open(self, runtime_context):
        self.items = runtime_context.get_list_state(ListStateDescriptor("items", Types.INT()))

    def process_element(self, value, ctx):
        key, action, numbers = value
        if action == "add":
            self.items.add(numbers[0])
        elif action == "add_all":
            self.items.add_all(numbers)
        elif action == "update":
            self.items.update(numbers)
        elif action == "clear":
            self.items.clear()
        yield f"{key} {action} {list(self.items.get())} {list(self.items)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    steps = [
        ("a", "look", []),
        ("a", "add", [1]),
        ("b", "add", [7]),
        ("a", "add_all", [2, 3]),
        ("a", "update", [9]),
        ("b", "clear", []),
        ("a", "add", [1]),
        ("b", "look", []),
        ("a", "update", []),
    ]
    env.from_collection(steps).key_by(lambda step: step[0]).process(Lists(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
