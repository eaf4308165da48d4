# Side outputs of several types beside the main output.
# order: free
from pyflink.common import Types
from pyflink.datastream import OutputTag, ProcessFunction, StreamExecutionEnvironment

ODD = OutputTag("odd", Types.INT())
TEXT = OutputTag("text", Types.TUPLE([Types.INT(), Types.STRING()]))


class Split(ProcessFunction):
    def process_element(self, value, ctx):
        if value % 2:
            yield ODD, value
        if value == 3:
            yield TEXT, (value, "three")
        yield value * 10


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    main_output = numbers.process(Split(), output_type=Types.INT())
    main_output.print("main")
    main_output.get_side_output(ODD).print("odd")
    main_output.get_side_output(TEXT).print("text")
    env.execute()


if __name__ == "__main__":
    main()
