# AUTOMATIC chooses batch where every source is bounded; a collection counts as what Flink takes it for.
# order: free
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.AUTOMATIC)
    numbers = env.from_source(NumberSequenceSource(1, 4), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    numbers.key_by(lambda number: number % 2).sum().print("source")
    env.execute()
    collection = env.from_collection([1, 2, 3, 4], type_info=Types.LONG())
    collection.key_by(lambda number: number % 2).sum().print("collection")
    env.execute()


if __name__ == "__main__":
    main()
