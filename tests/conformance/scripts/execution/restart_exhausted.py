# When the restart attempts are used up the job fails.
from pyflink.common import Configuration, Types
from pyflink.datastream import StreamExecutionEnvironment


def fail(value):
    raise ValueError("always")


def main():
    config = Configuration()
    config.set_string("restart-strategy.type", "fixed-delay")
    config.set_string("restart-strategy.fixed-delay.attempts", "1")
    config.set_string("restart-strategy.fixed-delay.delay", "10 ms")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    env.from_collection([1], type_info=Types.INT()).map(fail, output_type=Types.INT()).print()
    try:
        env.execute()
    except Exception as error:
        print("ValueError: always" in str(error))


if __name__ == "__main__":
    main()
