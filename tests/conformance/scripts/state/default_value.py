# State that was never written reads as None, an empty list, and an empty map.
from pyflink.common import Types
from pyflink.datastream import AggregateFunction, KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)


class Total(AggregateFunction):
    def create_accumulator(self):
        return 0

    def add(self, value, accumulator):
        return accumulator + value

    def get_result(self, accumulator):
        return accumulator

    def merge(self, acc_a, acc_b):
        return acc_a + acc_b


class Look(KeyedProcessFunction):
    def open(self, runtime_context):
        self.value = runtime_context.get_state(ValueStateDescriptor("value", Types.INT()))
        self.list = runtime_context.get_list_state(ListStateDescriptor("list", Types.INT()))
        self.map = runtime_context.get_map_state(MapStateDescriptor("map", Types.INT(), Types.INT()))
        self.reduced = runtime_context.get_reducing_state(ReducingStateDescriptor("reduced", max, Types.INT()))
        self.total = runtime_context.get_aggregating_state(AggregatingStateDescriptor("total", Total(), Types.INT()))

    def process_element(self, value, ctx):
        yield f"{self.value.value()} {list(self.list.get())} {list(self.map.items())} {self.map.get(1)}"
        yield f"{self.reduced.get()} {self.total.get()} {self.map.is_empty()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1]).key_by(lambda number: number).process(Look(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
