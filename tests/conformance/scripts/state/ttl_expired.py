# State that has expired is not returned: every record waits longer than the state lives.
import time

from pyflink.common import Configuration, Types
from pyflink.common.time import Time
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import StateTtlConfig, ValueStateDescriptor


class Forget(KeyedProcessFunction):
    def open(self, runtime_context):
        short = ValueStateDescriptor("short", Types.INT())
        short.enable_time_to_live(StateTtlConfig.new_builder(Time.milliseconds(20)).build())
        long = ValueStateDescriptor("long", Types.INT())
        long.enable_time_to_live(StateTtlConfig.new_builder(Time.days(1)).build())
        self.short = runtime_context.get_state(short)
        self.long = runtime_context.get_state(long)

    def process_element(self, value, ctx):
        time.sleep(0.2)
        yield f"{self.short.value()} {self.long.value()}"
        self.short.update(value)
        self.long.update(value)


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    config.set_integer("python.state.cache-size", 0)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    numbers.key_by(lambda _: "k").process(Forget(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
