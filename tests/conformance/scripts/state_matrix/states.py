# Every kind of state: every time to live in every backend, and in the batch mode.
# order: per-sink
# cases: value list map reducing aggregating
import sys
import time
from itertools import product

from pyflink.common import Configuration, Time, Types
from pyflink.datastream import (
    AggregateFunction,
    KeyedProcessFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)
from pyflink.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)

UPDATES = StateTtlConfig.UpdateType
VISIBILITY = StateTtlConfig.StateVisibility
LIVES = {"long": Time.days(1), "short": Time.milliseconds(150)}
PAUSE = 0.4
"""Seconds before each record: longer than the short life."""


def times_to_live():
    yield "no time to live", None
    updates = (UPDATES.OnCreateAndWrite, UPDATES.OnReadAndWrite)
    visibilities = (VISIBILITY.NeverReturnExpired, VISIBILITY.ReturnExpiredIfNotCleanedUp)
    for life, update, visibility in product(LIVES, updates, visibilities):
        builder = StateTtlConfig.new_builder(LIVES[life]).set_update_type(update).set_state_visibility(visibility)
        yield f"{life}, {update.name}, {visibility.name}", builder.build()


class Mean(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


def mean(name):
    return AggregatingStateDescriptor(name, Mean(), Types.TUPLE([Types.LONG(), Types.LONG()]))


KINDS = {
    "value": lambda name: ValueStateDescriptor(name, Types.LONG()),
    "list": lambda name: ListStateDescriptor(name, Types.LONG()),
    "map": lambda name: MapStateDescriptor(name, Types.LONG(), Types.LONG()),
    "reducing": lambda name: ReducingStateDescriptor(name, lambda a, b: a + b, Types.LONG()),
    "aggregating": mean,
}
GET = {
    "value": lambda context, descriptor: context.get_state(descriptor),
    "list": lambda context, descriptor: context.get_list_state(descriptor),
    "map": lambda context, descriptor: context.get_map_state(descriptor),
    "reducing": lambda context, descriptor: context.get_reducing_state(descriptor),
    "aggregating": lambda context, descriptor: context.get_aggregating_state(descriptor),
}
READ = {
    "value": lambda state: state.value(),
    "list": lambda state: list(state.get()),
    "map": lambda state: sorted(state.items()),
    "reducing": lambda state: state.get(),
    "aggregating": lambda state: state.get(),
}
WRITE = {
    "value": lambda state, value: state.update(value),
    "list": lambda state, value: state.add(value),
    "map": lambda state, value: state.put(value, -value),
    "reducing": lambda state, value: state.add(value),
    "aggregating": lambda state, value: state.add(value),
}


class Keep(KeyedProcessFunction):
    def __init__(self, kind):
        self.kind = kind

    def open(self, runtime_context):
        self.states = {}
        for number, (name, time_to_live) in enumerate(times_to_live()):
            descriptor = KINDS[self.kind](f"{self.kind}{number}")
            if time_to_live is not None:
                descriptor.enable_time_to_live(time_to_live)
            self.states[name] = GET[self.kind](runtime_context, descriptor)

    def process_element(self, value, ctx):
        time.sleep(PAUSE)
        read, write = READ[self.kind], WRITE[self.kind]
        for name, state in self.states.items():
            before = read(state)
            write(state, value)
            yield f"{name}: {before}, then {read(state)}"
            if value == 4:
                state.clear()


def run(kind, name, mode, backend):
    config = Configuration()
    config.set_string("state.backend.type", backend)
    # Without these PyFlink answers from caches, which do not know of lives.
    config.set_integer("python.fn-execution.bundle.size", 1)
    config.set_integer("python.state.cache-size", 0)
    config.set_integer("python.map-state.read-cache-size", 0)
    config.set_integer("python.map-state.write-cache-size", 0)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_runtime_mode(mode)
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 4, 8], type_info=Types.LONG())
    keyed = numbers.key_by(lambda _: "k", key_type=Types.STRING())
    keyed.process(Keep(kind), output_type=Types.STRING()).print(f"{kind}, {name}")
    env.execute()


def main(kind):
    for backend in ("hashmap", "rocksdb"):
        run(kind, backend, RuntimeExecutionMode.STREAMING, backend)
    run(kind, "batch", RuntimeExecutionMode.BATCH, "hashmap")


if __name__ == "__main__":
    main(sys.argv[1])
