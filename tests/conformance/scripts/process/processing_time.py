# The processing time a function reads is the wall clock in milliseconds and never goes back.
import time

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment


class Clock(KeyedProcessFunction):
    def open(self, runtime_context):
        self.last = 0

    def process_element(self, value, ctx):
        now = ctx.timer_service().current_processing_time()
        yield type(now) is int and now >= self.last and abs(now - time.time() * 1000) < 60_000
        self.last = now


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2, 3]).key_by(lambda _: 0).process(Clock(), output_type=Types.BOOLEAN()).print()
    env.execute()


if __name__ == "__main__":
    main()
