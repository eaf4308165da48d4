# With chaining disabled for the whole job the result is the same.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    print(env.is_chaining_enabled())
    env.disable_operator_chaining()
    print(env.is_chaining_enabled())
    numbers = env.from_collection([1, 2, 3])
    numbers.map(lambda number: [number]).map(lambda items: [*items, 0]).filter(lambda items: items[0] != 2).print()
    env.execute()
    numbers.map(lambda number: 1.5 * number, output_type=Types.FLOAT()).map(str, output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
