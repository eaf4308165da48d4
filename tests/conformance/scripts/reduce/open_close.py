# A ReduceFunction is opened before its first record and closed at the end.
from pyflink.datastream import ReduceFunction, StreamExecutionEnvironment


class Traced(ReduceFunction):
    def open(self, runtime_context):
        print("open", runtime_context.get_index_of_this_subtask())

    def reduce(self, value1, value2):
        print("reduce", value1, value2)
        return value1 + value2

    def close(self):
        print("close")


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2, 3, 4]).key_by(lambda value: value % 2).reduce(Traced()).filter(lambda _: False).print()
    env.execute()


if __name__ == "__main__":
    main()
