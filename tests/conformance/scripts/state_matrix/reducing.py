# Reducing state: every time to live in every backend, and in the batch mode.
# order: per-sink
import time
from itertools import product

from pyflink.common import Configuration, Time, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import ReducingStateDescriptor, StateTtlConfig

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


class Keep(KeyedProcessFunction):
    def open(self, runtime_context):
        self.states = {}
        for number, (name, time_to_live) in enumerate(times_to_live()):
            descriptor = ReducingStateDescriptor(f"sum{number}", lambda a, b: a + b, Types.LONG())
            if time_to_live is not None:
                descriptor.enable_time_to_live(time_to_live)
            self.states[name] = runtime_context.get_reducing_state(descriptor)

    def process_element(self, value, ctx):
        time.sleep(PAUSE)
        for name, state in self.states.items():
            before = state.get()
            state.add(value)
            yield f"{name}: {before}, then {state.get()}"
            if value == 4:
                state.clear()


def run(name, mode, backend):
    config = Configuration()
    config.set_string("state.backend.type", backend)
    # Without these PyFlink answers from caches, which do not know of lives.
    config.set_integer("python.fn-execution.bundle.size", 1)
    config.set_integer("python.state.cache-size", 0)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_runtime_mode(mode)
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 4, 8], type_info=Types.LONG())
    keyed = numbers.key_by(lambda _: "k", key_type=Types.STRING())
    keyed.process(Keep(), output_type=Types.STRING()).print(f"reducing, {name}")
    env.execute()


def main():
    for backend in ("hashmap", "rocksdb"):
        run(backend, RuntimeExecutionMode.STREAMING, backend)
    run("batch", RuntimeExecutionMode.BATCH, "hashmap")


if __name__ == "__main__":
    main()
