# What one record yields passes the rest of the chain before the generator goes on.
from pyflink.datastream import StreamExecutionEnvironment


def twice(value):
    for copy in ("first", "second"):
        print("yield", value, copy)
        yield f"{value} {copy}"
    print("done", value)


def show(value):
    print("map", value)
    return value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2]).flat_map(twice).map(show).filter(lambda value: False).print()
    env.execute()


if __name__ == "__main__":
    main()
