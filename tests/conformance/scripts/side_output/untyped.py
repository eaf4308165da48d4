# An OutputTag without a type carries any Python object; an empty name is refused.
# order: free
from pyflink.datastream import OutputTag, ProcessFunction, StreamExecutionEnvironment

ANY = OutputTag("any")


class Split(ProcessFunction):
    def process_element(self, value, ctx):
        yield ANY, {"n": value}
        yield value, None


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    split = env.from_collection([1, 2]).process(Split())
    split.print("main")
    split.get_side_output(ANY).print("any")
    env.execute()
    try:
        OutputTag("")
    except Exception as error:
        print(type(error).__name__)


if __name__ == "__main__":
    main()
