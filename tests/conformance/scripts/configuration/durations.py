# Duration, Time, Instant and the enumerations of the API.
from pyflink.common import Duration, JobStatus, RowKind
from pyflink.common.time import Instant, Time
from pyflink.datastream import CheckpointingMode, RuntimeExecutionMode, TimeDomain


def main():
    print(Duration.of_seconds(60) == Duration.of_minutes(1), Duration.of_hours(24) == Duration.of_days(1))
    print(Duration.of_millis(1) == Duration.of_nanos(1_000_000), Duration.of_millis(1) == Duration.of_millis(2))
    print(Time.seconds(2).to_milliseconds(), Time.minutes(1).to_milliseconds(), Time.hours(1).to_milliseconds())
    print(
        Time.days(1).to_milliseconds(),
        Time.milliseconds(5).to_milliseconds(),
        Time.seconds(1) == Time.milliseconds(1000),
    )
    print(Time.seconds(3))
    print(Instant.of_epoch_milli(-1500), Instant.of_epoch_milli(1234).to_epoch_milli(), Instant(1, 5) == Instant(1, 5))
    print([status.name for status in JobStatus])
    print([status.name for status in JobStatus if status.is_globally_terminal_state()])
    print([status.name for status in JobStatus if status.is_terminal_state()])
    print([f"{kind.name} {kind}" for kind in RowKind])
    print([mode.name for mode in CheckpointingMode], [mode.name for mode in RuntimeExecutionMode])
    print(sorted(domain.name for domain in TimeDomain))


if __name__ == "__main__":
    main()
