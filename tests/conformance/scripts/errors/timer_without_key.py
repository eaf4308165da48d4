# A timer in a function of a stream without keys: the job fails.
from pyflink.common import Types
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment


class Unkeyed(ProcessFunction):
    def process_element(self, value, ctx):
        ctx.timer_service().register_event_time_timer(1)
        yield value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1], type_info=Types.INT()).process(Unkeyed(), output_type=Types.INT()).filter(
        lambda _: False
    ).print()
    try:
        env.execute()
        print("no error")
    except Exception:
        print("refused")


if __name__ == "__main__":
    main()
