# A join of two keyed streams by state that both sides share; what has no partner is told by a timer at the end.
# order: free
from pyflink.common import Types
from pyflink.datastream import KeyedCoProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor


class Join(KeyedCoProcessFunction):
    def open(self, runtime_context):
        self.name = runtime_context.get_state(ValueStateDescriptor("name", Types.STRING()))
        self.orders = runtime_context.get_list_state(ListStateDescriptor("orders", Types.INT()))

    def process_element1(self, value, ctx):
        self.name.update(value[1])
        ctx.timer_service().register_event_time_timer(1000)

    def process_element2(self, value, ctx):
        self.orders.add(value[1])
        ctx.timer_service().register_event_time_timer(1000)

    def on_timer(self, timestamp, ctx):
        yield f"{ctx.get_current_key()} {self.name.value()} {sorted(self.orders.get())}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_auto_watermark_interval(1_000_000)
    names = env.from_collection([(1, "Ada"), (2, "Grace")], type_info=Types.TUPLE([Types.INT(), Types.STRING()]))
    orders = env.from_collection([(1, 10), (3, 30), (1, 11)], type_info=Types.TUPLE([Types.INT(), Types.INT()]))
    (
        names.key_by(lambda record: record[0], key_type=Types.INT())
        .connect(orders.key_by(lambda record: record[0], key_type=Types.INT()))
        .process(Join(), output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
