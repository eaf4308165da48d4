# In batch mode all that is broadcast is processed before the other input.
from pyflink.common import Types
from pyflink.datastream import BroadcastProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())


class Rules(BroadcastProcessFunction):
    def process_element(self, value, ctx):
        rules = ctx.get_broadcast_state(RULES)
        yield f"{value} {sorted(rules.items())}"

    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(RULES).put(value, len(value))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_collection(list(range(5)), type_info=Types.INT()).map(lambda n: n, Types.INT())
    rules = env.from_collection(["one", "three"], type_info=Types.STRING()).broadcast(RULES)
    numbers.disable_chaining().connect(rules).process(Rules(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
