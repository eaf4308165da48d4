# With a declared key type 1 and True are one key.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    keys = [1, True, 2, 1, 0, False]
    (
        env.from_collection(range(len(keys)))
        .map(lambda index: (repr(keys[index]), 1))
        .key_by(lambda pair: eval(pair[0]), key_type=Types.LONG())
        .reduce(lambda left, right: (left[0] + "+" + right[0], left[1] + right[1]))
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
