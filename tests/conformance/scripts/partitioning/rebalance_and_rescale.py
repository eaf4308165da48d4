# rebalance deals records out in turn, rescale within its share; every record arrives once.
# order: free
# prefix: any
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    numbers = env.from_collection(range(6), type_info=Types.INT())
    numbers.rebalance().map(lambda number: f"rebalance {number}", output_type=Types.STRING()).print()
    numbers.rescale().map(lambda number: f"rescale {number}", output_type=Types.STRING()).print()
    numbers.shuffle().map(lambda number: f"shuffle {number}", output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
