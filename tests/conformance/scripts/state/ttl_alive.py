# State with a long time to live reads like state without one, for every kind.
from pyflink.common import Types
from pyflink.common.time import Time
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)


class Remember(KeyedProcessFunction):
    def open(self, runtime_context):
        ttl = (
            StateTtlConfig.new_builder(Time.hours(1))
            .set_update_type(StateTtlConfig.UpdateType.OnReadAndWrite)
            .set_state_visibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
            .build()
        )
        value = ValueStateDescriptor("value", Types.INT())
        items = ListStateDescriptor("items", Types.INT())
        counts = MapStateDescriptor("counts", Types.INT(), Types.INT())
        total = ReducingStateDescriptor("total", lambda left, right: left + right, Types.INT())
        for descriptor in (value, items, counts, total):
            descriptor.enable_time_to_live(ttl)
        self.value = runtime_context.get_state(value)
        self.items = runtime_context.get_list_state(items)
        self.counts = runtime_context.get_map_state(counts)
        self.total = runtime_context.get_reducing_state(total)

    def process_element(self, value, ctx):
        self.value.update((self.value.value() or 0) + value)
        self.items.add(value)
        self.counts.put(value, (self.counts.get(value) or 0) + 1)
        self.total.add(value)
        yield f"{self.value.value()} {list(self.items.get())} {sorted(self.counts.items())} {self.total.get()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 1, 3], type_info=Types.INT())
    numbers.key_by(lambda _: "k").process(Remember(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
