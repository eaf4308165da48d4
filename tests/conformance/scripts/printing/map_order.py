# A MAP of several entries is printed in the order of Java's HashMap, not in Python's order of insertion.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

WORDS = "to be or not to be that is the question whether tis nobler in the mind".split()


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    by_word = Types.MAP(Types.STRING(), Types.INT())
    env.from_collection([3, 8, 15]).map(
        lambda count: {word: len(word) for word in reversed(WORDS[:count])}, output_type=by_word
    ).print()
    env.execute()
    by_number = Types.MAP(Types.LONG(), Types.BOOLEAN())
    env.from_collection([20]).map(
        lambda count: {number * 7 - 30: number % 2 == 0 for number in range(count)}, output_type=by_number
    ).print()
    env.execute()


if __name__ == "__main__":
    main()
