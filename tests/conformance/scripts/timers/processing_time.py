# A processing-time timer that is due while the input goes on fires; one that is pending at the end of it is dropped.
# order: free
import time

from pyflink.common import Configuration, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment, TimeDomain


class Soon(KeyedProcessFunction):
    def process_element(self, value, ctx):
        service = ctx.timer_service()
        if value == 1:
            service.register_processing_time_timer(service.current_processing_time() + 1)
            service.register_processing_time_timer(service.current_processing_time() + 3_600_000)
        time.sleep(0.3)
        yield f"element {value}"

    def on_timer(self, timestamp, ctx):
        yield f"timer {ctx.get_current_key()} {ctx.time_domain() == TimeDomain.PROCESSING_TIME}"


def main():
    config = Configuration()
    config.set_integer("python.fn-execution.bundle.size", 1)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    numbers.key_by(lambda _: "k").process(Soon(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
