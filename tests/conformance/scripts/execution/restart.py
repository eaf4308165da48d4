# With a fixed-delay restart strategy a failing job starts again; the attempt number tells it.
from pyflink.common import Configuration, Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class FailTwice(MapFunction):
    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()

    def map(self, value):
        if self.attempt < 2:
            raise ValueError("again")
        return f"{value} in attempt {self.attempt}"


def main():
    config = Configuration()
    config.set_string("restart-strategy.type", "fixed-delay")
    config.set_string("restart-strategy.fixed-delay.attempts", "3")
    config.set_string("restart-strategy.fixed-delay.delay", "10 ms")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.from_collection([1, 2], type_info=Types.INT()).map(FailTwice(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
