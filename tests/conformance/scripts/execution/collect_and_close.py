# Records are collected one by one, or the first so many; the iterator can be closed before its end.
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)

    def numbers():
        source = NumberSequenceSource(1, 40)
        read = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
        return read.map(lambda n: n * 2, Types.LONG())

    with numbers().execute_and_collect("named") as records:
        for record in records:
            print(record)
            if record == 6:
                break
    records = numbers().execute_and_collect()
    print(next(records), records.next())
    records.close()
    print(numbers().execute_and_collect("limited", 4))
    print(numbers().execute_and_collect(limit=2))
    with env.from_collection([1, 2], type_info=Types.INT()).execute_and_collect() as records:
        print(list(records))


if __name__ == "__main__":
    main()
