# union of two and of three streams, and of a stream with itself.
# order: free
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    one = env.from_collection([1, 2], type_info=Types.INT())
    two = env.from_collection([3], type_info=Types.INT())
    three = one.map(lambda number: number * 100, output_type=Types.INT())
    one.union(two).map(lambda number: f"two {number}", output_type=Types.STRING()).print()
    one.union(two, three).map(lambda number: f"three {number}", output_type=Types.STRING()).print()
    one.union(one).map(lambda number: f"self {number}", output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
