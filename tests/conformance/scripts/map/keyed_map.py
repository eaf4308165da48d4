# map, flat_map and filter on a keyed stream: their functions may have keyed state.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import FilterFunction, FlatMapFunction, MapFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor


class Counting:
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def next_count(self):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        return count


class Numbered(Counting, MapFunction):
    def map(self, value):
        return f"{value}{self.next_count()}"


class Repeated(Counting, FlatMapFunction):
    def flat_map(self, value):
        for _ in range(self.next_count()):
            yield value


class EverySecond(Counting, FilterFunction):
    def filter(self, value):
        return self.next_count() % 2 == 0


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    letters = env.from_collection(list("abaacb"), type_info=Types.STRING()).key_by(lambda letter: letter)
    letters.map(Numbered(), output_type=Types.STRING()).print("case 1")
    letters.flat_map(Repeated(), output_type=Types.STRING()).print("case 2")
    letters.filter(EverySecond()).print("case 3")
    env.execute()


if __name__ == "__main__":
    main()
