# What a StateTtlConfig says of itself, with defaults and with everything set.
from pyflink.common.time import Duration, Time
from pyflink.datastream.state import StateTtlConfig


def show(config):
    print(config.get_ttl().to_milliseconds(), config.is_enabled())
    print(config.get_update_type(), config.get_state_visibility(), config.get_ttl_time_characteristic())
    strategies = config.get_cleanup_strategies()
    print(strategies.is_cleanup_in_background(), strategies.in_full_snapshot())
    incremental = strategies.get_incremental_cleanup_strategy()
    print(incremental and (incremental.get_cleanup_size(), incremental.run_cleanup_for_every_record()))
    compaction = strategies.get_rocksdb_compact_filter_cleanup_strategy()
    print(compaction and compaction.get_query_time_after_num_entries())


def main():
    show(StateTtlConfig.new_builder(Time.seconds(5)).build())
    show(
        StateTtlConfig.new_builder(Time.minutes(1))
        .update_ttl_on_read_and_write()
        .return_expired_if_not_cleaned_up()
        .use_processing_time()
        .cleanup_full_snapshot()
        .cleanup_incrementally(10, True)
        .cleanup_in_rocksdb_compact_filter(1000, Duration.of_days(1))
        .disable_cleanup_in_background()
        .set_ttl(Time.days(2))
        .build()
    )
    show(
        StateTtlConfig.new_builder(Time.hours(1))
        .set_update_type(StateTtlConfig.UpdateType.Disabled)
        .never_return_expired()
        .build()
    )


if __name__ == "__main__":
    main()
