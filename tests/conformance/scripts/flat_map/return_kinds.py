# flat_map may return a list, a tuple, a generator, a string (its characters), or yield nothing.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import FlatMapFunction, StreamExecutionEnvironment


class Words(FlatMapFunction):
    def flat_map(self, value):
        yield from value.split()


def pairs(value):
    return tuple(zip(value, value.upper(), strict=True))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    lines = env.from_collection(["a", "b c", "", "d"], type_info=Types.STRING())
    lines.flat_map(Words(), output_type=Types.STRING()).print("case 1")
    lines.flat_map(lambda line: [line, line.upper()], output_type=Types.STRING()).print("case 2")
    lines.flat_map(lambda line: (char for char in line), output_type=Types.STRING()).print("case 3")
    lines.flat_map(pairs).print("case 4")
    lines.flat_map(lambda line: line, output_type=Types.STRING()).print("case 5")
    env.execute()


if __name__ == "__main__":
    main()
