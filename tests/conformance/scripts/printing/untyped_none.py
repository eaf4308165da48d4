# None is a record like any other as long as it has no declared type.
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    halves = env.from_collection([1, 2, 3, 4]).map(lambda number: number // 2 if number % 2 == 0 else None)
    halves.print()
    env.execute()
    halves.filter(lambda value: value is not None).print()
    env.execute()
    halves.map(lambda value: value is None).print()
    env.execute()


if __name__ == "__main__":
    main()
