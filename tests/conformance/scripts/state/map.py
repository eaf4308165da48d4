# MapState: its methods, read back under two keys.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor


class Maps(KeyedProcessFunction):
    def open(self, runtime_context):
        self.seen = runtime_context.get_map_state(MapStateDescriptor("seen", Types.STRING(), Types.INT()))

    def process_element(self, value, ctx):
        key, action = value
        if action == "put":
            self.seen.put("x", 1)
            self.seen["y"] = 2
        elif action == "put_more":
            for name, count in {"z": 3, "x": 10}.items():
                self.seen.put(name, count)
        elif action == "remove":
            self.seen.remove("x")
            del self.seen["y"]
        elif action == "clear":
            self.seen.clear()
        yield f"{key} {action} items={sorted(self.seen.items())} empty={self.seen.is_empty()}"
        yield f"{key} {action} keys={sorted(self.seen.keys())} values={sorted(self.seen.values())}"
        yield f"{key} {action} x={self.seen.get('x')} {self.seen['x']} {'x' in self.seen} {self.seen.contains('y')}"
        yield f"{key} {action} iterated={sorted(self.seen)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    steps = [
        ("a", "look"),
        ("a", "put"),
        ("b", "put_more"),
        ("a", "put_more"),
        ("a", "remove"),
        ("b", "look"),
        ("a", "clear"),
    ]
    env.from_collection(steps).key_by(lambda step: step[0]).process(Maps(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
