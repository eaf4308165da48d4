# A side output that is read while the main output is not, and one that nobody reads.
from pyflink.common import Types
from pyflink.datastream import OutputTag, ProcessFunction, StreamExecutionEnvironment

KEPT = OutputTag("kept", Types.STRING())
DROPPED = OutputTag("dropped", Types.STRING())


class Split(ProcessFunction):
    def process_element(self, value, ctx):
        yield KEPT, f"kept {value}"
        yield DROPPED, f"dropped {value}"
        yield f"main {value}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    numbers.process(Split(), output_type=Types.STRING()).get_side_output(KEPT).print()
    env.execute()


if __name__ == "__main__":
    main()
