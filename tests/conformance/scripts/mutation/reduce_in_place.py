# A reduce function that changes and returns its first argument.
from pyflink.datastream import StreamExecutionEnvironment


def merge(left, right):
    left.extend(right)
    return left


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    lists = env.from_collection([1, 2, 3, 4]).map(lambda number: [number])
    lists.key_by(lambda items: items[0] % 2).reduce(merge).print()
    env.execute()


if __name__ == "__main__":
    main()
