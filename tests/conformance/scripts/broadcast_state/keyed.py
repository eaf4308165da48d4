# KeyedBroadcastProcessFunction: broadcast rules beside keyed state and timers.
# order: free
import time

from pyflink.common import Types
from pyflink.datastream import KeyedBroadcastProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())


class Apply(KeyedBroadcastProcessFunction):
    def open(self, runtime_context):
        self.total = runtime_context.get_state(ValueStateDescriptor("total", Types.INT()))

    def process_element(self, value, ctx):
        factor = ctx.get_broadcast_state(RULES).get(value[0]) or 0
        self.total.update((self.total.value() or 0) + factor * value[1])
        ctx.timer_service().register_event_time_timer(1)

    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(RULES).put(value[0], value[1])

    def on_timer(self, timestamp, ctx):
        rules = sorted(ctx.get_broadcast_state(RULES).items())
        yield f"{ctx.get_current_key()} {self.total.value()} {rules}"


def after_the_rules(value):
    time.sleep(1)
    return value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    pair = Types.TUPLE([Types.STRING(), Types.INT()])
    amounts = env.from_collection([("a", 1), ("b", 10), ("a", 2)], type_info=pair).map(after_the_rules, pair)
    rules = env.from_collection([("a", 5), ("b", 7)], type_info=pair)
    (
        amounts.key_by(lambda record: record[0], key_type=Types.STRING())
        .connect(rules.broadcast(RULES))
        .process(Apply(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
