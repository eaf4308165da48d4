# Whole numbers of every declared width, at both ends of their range.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for width, bits in ((Types.BYTE(), 8), (Types.SHORT(), 16), (Types.INT(), 32), (Types.LONG(), 64)):
        ends = [0, 1, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))]
        env.from_collection(ends).map(lambda value: value, output_type=width).print(str(width))
    env.execute()


if __name__ == "__main__":
    main()
