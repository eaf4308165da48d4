# partition_custom: the partitioner picks the subtask, seen in front of each record.
# order: free
from pyflink.common import Types
from pyflink.datastream import Partitioner, StreamExecutionEnvironment


class Modulo(Partitioner):
    def partition(self, key, num_partitions):
        return key % num_partitions


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(3)
    numbers = env.from_collection(range(6), type_info=Types.INT())
    (
        numbers.partition_custom(Modulo(), lambda number: number + 1)
        .map(lambda number: f"class {number}", output_type=Types.STRING())
        .print()
    )
    (
        numbers.partition_custom(lambda key, count: min(key, count - 1), lambda number: number)
        .map(lambda number: f"lambda {number}", output_type=Types.STRING())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
