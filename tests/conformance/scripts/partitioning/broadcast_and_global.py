# broadcast gives every record to every subtask; global gives all of them to the first.
# order: free
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    numbers = env.from_collection(range(3), type_info=Types.INT())
    numbers.broadcast().map(lambda number: f"broadcast {number}", output_type=Types.STRING()).print()
    numbers.rebalance().map(lambda number: number, output_type=Types.INT()).force_non_parallel().map(
        lambda number: number, output_type=Types.INT()
    ).set_parallelism(1).map(lambda number: f"one {number}", output_type=Types.STRING()).set_parallelism(
        1
    ).print().set_parallelism(1)
    env.execute()


if __name__ == "__main__":
    main()
