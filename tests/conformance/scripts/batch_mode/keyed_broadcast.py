# In batch mode a keyed input is sorted, and comes after all that is broadcast.
from pyflink.common import Types
from pyflink.datastream import KeyedBroadcastProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())


class Rules(KeyedBroadcastProcessFunction):
    def open(self, runtime_context):
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.INT()))

    def process_element(self, value, ctx):
        self.sum.update((self.sum.value() or 0) + value)
        rules = sorted(ctx.get_broadcast_state(RULES).items())
        yield f"{ctx.get_current_key()} {value} {self.sum.value()} {rules}"

    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(RULES).put(value, len(value))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_collection(list(range(7)), type_info=Types.INT()).key_by(lambda n: n % 3, Types.INT())
    rules = env.from_collection(["one", "three"], type_info=Types.STRING()).broadcast(RULES)
    numbers.connect(rules).process(Rules(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
