# An object changed after it was yielded: a chained function has already seen it as it was.
from pyflink.datastream import StreamExecutionEnvironment


def grow(value):
    items = []
    for number in range(value):
        items.append(number)
        yield items


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    grown = env.from_collection([3]).flat_map(grow)
    grown.map(lambda items: str(items)).print()
    env.execute()
    grown.print()
    env.execute()
    grown.rebalance().map(lambda items: str(items)).print()
    env.execute()


if __name__ == "__main__":
    main()
