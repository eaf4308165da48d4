# Two consumers of one stream: what one does to a record, the other does not see.
# order: free
from pyflink.datastream import StreamExecutionEnvironment


def spoil(items):
    items.append("spoiled")
    return items


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    lists = env.from_collection([1, 2]).map(lambda number: [number])
    lists.map(spoil).print("one")
    lists.map(lambda items: items).print("two")
    lists.rebalance().map(lambda items: items).print("three")
    env.execute()


if __name__ == "__main__":
    main()
