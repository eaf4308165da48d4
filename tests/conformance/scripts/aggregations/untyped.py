# Aggregations of untyped tuples, lists and rows.
# order: per-sink
from pyflink.common import Row
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([("a", 1), ("b", 2.5), ("a", 3)]).key_by(lambda pair: pair[0]).sum(1).print("case 1")
    lists = env.from_collection([1, 2, 3, 4]).map(lambda number: [number % 2, number])
    lists.key_by(lambda pair: pair[0]).sum(1).print("case 2")
    rows = env.from_collection([1, 2, 3, 4]).map(lambda number: Row(parity=number % 2, number=number))
    rows.key_by(lambda row: row.parity).max("number").print("case 3")
    env.execute()


if __name__ == "__main__":
    main()
