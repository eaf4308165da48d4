# Keyed state in a function of a stream without keys: the job fails.
from pyflink.common import Types
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor


class Unkeyed(ProcessFunction):
    def open(self, runtime_context):
        self.state = runtime_context.get_state(ValueStateDescriptor("state", Types.INT()))

    def process_element(self, value, ctx):
        yield self.state.value()


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1], type_info=Types.INT()).process(Unkeyed(), output_type=Types.INT()).print()
    try:
        env.execute()
        print("no error")
    except Exception:
        print("refused")


if __name__ == "__main__":
    main()
