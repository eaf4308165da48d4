# A timer in the past of every watermark, computed from the watermark before the first: it fires at the end.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Early(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(ctx.timer_service().current_watermark() + 1500)
        yield f"element {value} {ctx.timestamp()}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {timestamp}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    numbers.key_by(lambda _: 0).process(Early(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
