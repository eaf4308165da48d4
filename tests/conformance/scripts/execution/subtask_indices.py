# Every subtask knows its index and how many there are.
# order: free
# prefix: any
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Where(MapFunction):
    def open(self, runtime_context):
        self.index = runtime_context.get_index_of_this_subtask()
        self.count = runtime_context.get_number_of_parallel_subtasks()

    def map(self, value):
        return f"{self.index} of {self.count}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(3)
    env.from_collection([0], type_info=Types.INT()).broadcast().map(Where(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
