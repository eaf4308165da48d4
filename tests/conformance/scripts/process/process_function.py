# A ProcessFunction without keys: what it yields, several records, none, and the absent timestamp.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import ProcessFunction, StreamExecutionEnvironment


class Expand(ProcessFunction):
    def process_element(self, value, ctx: ProcessFunction.Context):
        for number in range(value):
            yield f"{value}.{number} at {ctx.timestamp()}"


class Listed(ProcessFunction):
    def process_element(self, value, ctx):
        return [value, -value] if value > 1 else None


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([2, 0, 1], type_info=Types.INT())
    numbers.process(Expand(), output_type=Types.STRING()).print("case 1")
    numbers.process(Listed(), output_type=Types.INT()).print("case 2")
    env.execute()


if __name__ == "__main__":
    main()
