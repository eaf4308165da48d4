# from_collection without a type: any Python objects, passed on as they are.
from pyflink.common import Row
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, "a", 2.5, None, (1, "x"), [1], {"k": 1}, True, Row(1, "r")]).map(repr).print()
    env.execute()
    env.from_collection(collection=[(1, "a"), (2, "b")]).print()
    env.execute()


if __name__ == "__main__":
    main()
