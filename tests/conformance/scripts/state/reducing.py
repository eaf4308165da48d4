# ReducingState, by a lambda and by a ReduceFunction.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, ReduceFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ReducingStateDescriptor


class Longest(ReduceFunction):
    def reduce(self, value1, value2):
        return value1 if len(value1) >= len(value2) else value2


class Reduce(KeyedProcessFunction):
    def open(self, runtime_context):
        self.length = runtime_context.get_reducing_state(
            ReducingStateDescriptor("length", lambda left, right: left + right, Types.LONG())
        )
        self.longest = runtime_context.get_reducing_state(ReducingStateDescriptor("longest", Longest(), Types.STRING()))

    def process_element(self, value, ctx):
        before = self.length.get()
        self.length.add(len(value))
        self.longest.add(value)
        yield f"{value[0]} {before} {self.length.get()} {self.longest.get()}"
        if value.endswith("!"):
            self.length.clear()


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    words = env.from_collection(["ab", "b", "abc!", "bcd", "ax", "b!"], type_info=Types.STRING())
    words.key_by(lambda word: word[0]).process(Reduce(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
