# An object with __call__, open and close instead of a function, records without a declared type, and results without one.
import numpy
from penstock.extensions import flat_map_batches, map_batches
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


class Scaled:
    def open(self, runtime_context):
        self.factor = 10 * (1 + runtime_context.get_index_of_this_subtask())

    def __call__(self, values: numpy.ndarray):
        return values * self.factor


def described(values: list):
    return [f"{value!r}" for value in values]


def words(lines: list):
    return [line.split() for line in lines]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2.5, 3])
    map_batches(numbers, Scaled()).print("scaled")
    env.execute()
    map_batches(env.from_collection([(1, "a"), (2, None)]), described, output_type=Types.STRING()).print("described")
    env.execute()
    lines = env.from_collection(["to be or", "", "not"], Types.STRING())
    flat_map_batches(lines, words, output_type=Types.STRING(), batch_size=2).print("word")
    env.execute()


if __name__ == "__main__":
    main()
