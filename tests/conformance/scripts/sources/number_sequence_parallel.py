# With parallelism 2 the sequence is split: every number comes once.
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    numbers = env.from_source(NumberSequenceSource(1, 1000), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    found = sorted(numbers.map(lambda number: number * 2, output_type=Types.LONG()).execute_and_collect())
    print(len(found), found == [number * 2 for number in range(1, 1001)])


if __name__ == "__main__":
    main()
