# The SQL date, time and timestamp types: fractions are cut to milliseconds, and a time is printed without any.
# order: per-sink
from datetime import date, datetime, time

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    dates = [date(2024, 2, 29), date(1970, 1, 1), date(1969, 12, 31), date(2038, 1, 19)]
    times = [time(0, 0), time(1, 2, 3), time(23, 59, 59, 999000)]
    stamps = [
        datetime(2024, 2, 29, 1, 2, 3),
        datetime(2024, 2, 29, 1, 2, 3, 456000),
        datetime(2024, 2, 29, 1, 2, 3, 456789),
        datetime(2024, 1, 1, 0, 0, 0, 120000),
        datetime(1999, 12, 31, 23, 59, 59),
    ]
    for values, kind in ((dates, Types.SQL_DATE()), (times, Types.SQL_TIME()), (stamps, Types.SQL_TIMESTAMP())):
        env.from_collection(values).map(lambda value: value, output_type=kind).print(str(kind))
    env.execute()


if __name__ == "__main__":
    main()
