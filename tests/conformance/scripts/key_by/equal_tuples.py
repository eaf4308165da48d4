# Tuples with the same elements are one key, declared or not.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def count(stream):
    return stream.reduce(lambda left, right: (left[0], left[1] + right[1]))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    pairs = env.from_collection([("a", 1), ("b", 2), ("a", 1), ("a", 2), ("b", 2)]).map(lambda pair: (pair, 1))
    count(pairs.key_by(lambda record: tuple([*record[0]]))).print("case 1")
    typed = Types.TUPLE([Types.STRING(), Types.INT()])
    count(pairs.key_by(lambda record: tuple([*record[0]]), key_type=typed)).print("case 2")
    env.execute()


if __name__ == "__main__":
    main()
