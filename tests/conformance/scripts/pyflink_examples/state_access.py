# A running sum per name in a ValueState of FLOAT with a time to live.
# order: free
# prefix: any
from pyflink.common import Time
from pyflink.common.typeinfo import Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import StateTtlConfig, ValueStateDescriptor


class RunningSum(KeyedProcessFunction):
    def __init__(self):
        self.total = None

    def open(self, runtime_context: RuntimeContext):
        descriptor = ValueStateDescriptor("total", Types.FLOAT())
        ttl = StateTtlConfig.new_builder(Time.hours(1))
        ttl = ttl.set_update_type(StateTtlConfig.UpdateType.OnReadAndWrite).disable_cleanup_in_background()
        descriptor.enable_time_to_live(ttl.build())
        self.total = runtime_context.get_state(descriptor)

    def process_element(self, value, ctx: "KeyedProcessFunction.Context"):
        total = self.total.value()
        if total is None:
            total = 0
        total += value[1]
        self.total.update(total)
        yield value[0], total


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    payments = env.from_collection(
        collection=[("ann", 0.1), ("ben", 2.5), ("ann", 0.2), ("ann", 70.7), ("ben", 0.3), ("ann", 1e-3)],
        type_info=Types.TUPLE([Types.STRING(), Types.FLOAT()]),
    )
    payments.key_by(lambda payment: payment[0]).process(RunningSum()).print()
    env.execute()


if __name__ == "__main__":
    main()
