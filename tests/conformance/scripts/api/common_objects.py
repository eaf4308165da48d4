# Options, futures, ids, states of a job, serializers and kinds of time, by themselves.
import copy

from pyflink.common import Configuration, ConfigOptions, Duration, Instant, JobStatus, Row, RowKind, Time
from pyflink.common.input_dependency_constraint import InputDependencyConstraint
from pyflink.datastream import ExternalizedCheckpointRetention, PredefinedOptions, RuntimeExecutionMode, TimeDomain


def main():
    for status in (
        JobStatus.CREATED, JobStatus.RUNNING, JobStatus.FAILING, JobStatus.FAILED, JobStatus.CANCELLING,
        JobStatus.CANCELED, JobStatus.FINISHED, JobStatus.RESTARTING, JobStatus.SUSPENDED, JobStatus.RECONCILING,
    ):
        print(status, status.is_terminal_state(), status.is_globally_terminal_state())
    print([kind.name for kind in (InputDependencyConstraint.ANY, InputDependencyConstraint.ALL)])
    options = (
        PredefinedOptions.DEFAULT, PredefinedOptions.SPINNING_DISK_OPTIMIZED,
        PredefinedOptions.SPINNING_DISK_OPTIMIZED_HIGH_MEM, PredefinedOptions.FLASH_SSD_OPTIMIZED,
    )
    print([option.name for option in options])
    print(RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH, RuntimeExecutionMode.AUTOMATIC)
    print(TimeDomain.EVENT_TIME, TimeDomain.PROCESSING_TIME)
    print(ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION)
    print([str(kind) for kind in (RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE)])

    configuration = Configuration()
    configuration.set_string("a", "text").set_integer("b", 3).set_boolean("c", True).set_float("d", 0.5)
    configuration.set_bytearray("e", bytearray(b"ab"))
    copied = copy.deepcopy(configuration)
    print(copied == configuration, copied is configuration, hash(copied) == hash(configuration))
    copied.remove_config("a")
    print(sorted(copied.key_set()), configuration.contains_key("a"))
    print(configuration.get_integer("b", 0), configuration.get_boolean("c", False), configuration.get_float("d", 0.0))
    print(bytes(configuration.get_bytearray("e", bytearray())), configuration.get_string("missing", "default"))
    target = {}
    configuration.add_all_to_dict(target)
    print(sorted(target))

    print(Duration.of_days(1) == Duration.of_hours(24), Duration.of_minutes(1) == Duration.of_seconds(60))
    print(Duration.of_millis(1) == Duration.of_nanos(1_000_000), Duration.of_millis(1) == Duration.of_millis(2))
    print(Time.days(1) == Time.hours(24), Time.minutes(1) == Time.seconds(60), Time.milliseconds(5).to_milliseconds())
    print(Time.seconds(2))
    moment = Instant.of_epoch_milli(1_500)
    print(moment.to_epoch_milli(), moment == Instant(1, 500_000_000), moment)
    row = Row(1, "a")
    row.set_field_names(["n", "t"])
    print(row, row.as_dict(), "n" in row, list(row), len(row), row[0], row["t"], row == Row(n=1, t="a"))
    row[1] = "b"
    print(row.get_fields_by_names(["t"]), row.get_row_kind(), Row("x", "y")(1, 2))
    row.set_row_kind(RowKind.DELETE)
    print(row.get_row_kind(), Row.of_kind(RowKind.UPDATE_AFTER, 1).get_row_kind())
    print(type(ConfigOptions.key("some.key").string_type().default_value("x")).__name__)
    builder = ConfigOptions.key("other.key")
    types = (builder.boolean_type, builder.int_type, builder.long_type, builder.float_type, builder.double_type)
    print([type(make().no_default_value()).__name__ for make in types])


if __name__ == "__main__":
    main()
