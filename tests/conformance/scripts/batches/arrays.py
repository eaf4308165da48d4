# map_batches, filter_batches and flat_map_batches with NumPy arrays of each type, given without annotations.
import numpy
from penstock.extensions import filter_batches, flat_map_batches, map_batches
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def half(numbers):
    return numbers / 2


def is_whole(numbers: numpy.ndarray):
    return numbers == numpy.floor(numbers)


def repeated(numbers):
    times = numbers.astype("int64") % 3
    places = numpy.arange(len(numbers)).repeat(times)
    return numbers[places] + 0.25, places


def dtype_of(values):
    return [str(values.dtype)] * len(values)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    longs = env.from_collection(list(range(7)), type_info=Types.LONG())
    halves = map_batches(longs, half, output_type=Types.DOUBLE())
    halves.print("half")
    whole = filter_batches(halves, is_whole)
    whole.print("whole")
    flat_map_batches(whole, repeated, output_type=Types.DOUBLE()).print("repeated")
    env.execute()

    typed = [
        (Types.BOOLEAN(), True),
        (Types.SHORT(), 1),
        (Types.INT(), 1),
        (Types.LONG(), 1),
        (Types.FLOAT(), 1.5),
        (Types.DOUBLE(), 1.5),
        (Types.STRING(), "a"),
    ]
    for kind, value in typed:
        map_batches(env.from_collection([value], kind), dtype_of, output_type=Types.STRING()).print()
        env.execute()


if __name__ == "__main__":
    main()
