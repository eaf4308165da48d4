# None is a key like any other where no key type is declared.
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    (
        env.from_collection([("a", 1), (None, 2), ("a", 3), (None, 4)])
        .key_by(lambda pair: pair[0])
        .reduce(lambda left, right: (left[0], left[1] + right[1]))
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
