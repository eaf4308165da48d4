# A union of untyped streams, keyed and reduced: what arrives last of each key is the whole sum.
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    one = env.from_collection([("a", 1), ("b", 2)])
    two = env.from_collection([("a", 10), ("c", 3)])
    summed = one.union(two).key_by(lambda pair: pair[0]).sum(1)
    print(sorted(summed.execute_and_collect()))


if __name__ == "__main__":
    main()
