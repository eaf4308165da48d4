# A keyed process function and its timers write to a side output too.
# order: free
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, OutputTag, StreamExecutionEnvironment

LOG = OutputTag("log", Types.STRING())


class Logged(KeyedProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(1)
        yield LOG, f"element {value}"
        yield value

    def on_timer(self, timestamp, ctx):
        yield LOG, f"timer of {ctx.get_current_key()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    processed = numbers.key_by(lambda number: number, key_type=Types.INT()).process(Logged(), output_type=Types.INT())
    processed.print("main")
    processed.get_side_output(LOG).map(str.upper, output_type=Types.STRING()).print("log")
    env.execute()


if __name__ == "__main__":
    main()
