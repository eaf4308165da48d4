# Operators of different parallelism in one job: every record passes each of them once.
# order: free
# prefix: any
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Count(MapFunction):
    def open(self, runtime_context):
        self.of = runtime_context.get_number_of_parallel_subtasks()

    def map(self, value):
        return f"{value}/{self.of}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    (
        env.from_collection(range(5), type_info=Types.INT())
        .map(Count(), output_type=Types.STRING())
        .map(Count(), output_type=Types.STRING())
        .set_parallelism(3)
        .map(Count(), output_type=Types.STRING())
        .set_parallelism(1)
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
