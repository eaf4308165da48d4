# NumberSequenceSource: both ends are part of the sequence.
# order: free
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(-2, 3), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    numbers.print("typed")
    numbers.map(lambda number: type(number).__name__, output_type=Types.STRING()).print("seen")
    one = env.from_source(NumberSequenceSource(7, 7), WatermarkStrategy.no_watermarks(), "one")
    one.print("default type")
    env.execute()


if __name__ == "__main__":
    main()
