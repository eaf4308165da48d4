# ConnectedStreams.key_by keys both inputs; CoMap and CoFlatMap on them may use keyed state.
# order: free
from pyflink.common import Types
from pyflink.datastream import CoFlatMapFunction, CoMapFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor


class Numbered(CoMapFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.INT()))

    def both(self):
        self.count.update((self.count.value() or 0) + 1)
        return self.count.value()

    def map1(self, value):
        return f"{value[0]} {self.both()}"

    def map2(self, value):
        return f"{value} {self.both()}"


class Last(CoFlatMapFunction):
    def flat_map1(self, value):
        yield value[0]

    def flat_map2(self, value):
        yield value
        yield value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.STREAMING)
    pairs = env.from_collection([("a", 1), ("b", 2)], type_info=Types.TUPLE([Types.STRING(), Types.INT()]))
    words = env.from_collection(["c", "c"], type_info=Types.STRING())
    connected = pairs.connect(words).key_by(lambda pair: pair[0], lambda word: word, key_type=Types.STRING())
    connected.map(Numbered(), output_type=Types.STRING()).print()
    env.execute()
    connected.flat_map(Last(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
