# Building strategies: each step gives a strategy, and a wrong argument is an error.
from pyflink.common import Duration, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner


class Times(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value


def main():
    strategies = [
        WatermarkStrategy.no_watermarks(),
        WatermarkStrategy.for_monotonous_timestamps(),
        WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(5)),
        WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Times()),
        WatermarkStrategy.for_monotonous_timestamps().with_idleness(Duration.of_minutes(1)),
        WatermarkStrategy.for_monotonous_timestamps().with_watermark_alignment(
            "group", Duration.of_seconds(10), Duration.of_seconds(1)
        ),
    ]
    print([isinstance(strategy, WatermarkStrategy) for strategy in strategies])
    try:
        TimestampAssigner()
    except TypeError as error:
        print(type(error).__name__)


if __name__ == "__main__":
    main()
