# BroadcastProcessFunction: rules on the broadcast side, looked up for each record that comes after them.
# order: free
import time

from pyflink.common import Types
from pyflink.datastream import BroadcastProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())


class Apply(BroadcastProcessFunction):
    def process_element(self, value, ctx):
        rules = ctx.get_broadcast_state(RULES)
        yield f"{value} {rules.get(value)} {value in rules} {sorted(rules.keys())}"

    def process_broadcast_element(self, value, ctx):
        rules = ctx.get_broadcast_state(RULES)
        name, factor = value
        if factor == 0:
            rules.remove(name)
        else:
            rules.put(name, factor)
        yield f"rules {sorted(rules.items())}"


def after_the_rules(value):
    time.sleep(2)
    return value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    words = env.from_collection(["a", "b"], type_info=Types.STRING()).map(after_the_rules, output_type=Types.STRING())
    rules = env.from_collection(
        [("a", 1), ("b", 2), ("c", 3), ("b", 0)], type_info=Types.TUPLE([Types.STRING(), Types.INT()])
    )
    words.connect(rules.broadcast(RULES)).process(Apply(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
