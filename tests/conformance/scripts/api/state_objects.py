# Descriptors, times to live, slot sharing groups and memory sizes, by themselves.
from pyflink.common import Duration, Time, Types
from pyflink.datastream import AggregateFunction, MemorySize, ReduceFunction, SlotSharingGroup
from pyflink.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)


class Add(ReduceFunction):
    def reduce(self, value1, value2):
        return value1 + value2


class Count(AggregateFunction):
    def create_accumulator(self):
        return 0

    def add(self, value, accumulator):
        return accumulator + 1

    def get_result(self, accumulator):
        return accumulator

    def merge(self, a, b):
        return a + b


def main():
    add, count = Add(), Count()
    descriptors = [
        ValueStateDescriptor("value", Types.INT()), ListStateDescriptor("list", Types.INT()),
        MapStateDescriptor("map", Types.STRING(), Types.INT()), ReducingStateDescriptor("reducing", add, Types.INT()),
        AggregatingStateDescriptor("aggregating", count, Types.INT()),
    ]
    ttl = (
        StateTtlConfig.new_builder(Time.minutes(5))
        .update_ttl_on_create_and_write()
        .set_ttl_time_characteristic(StateTtlConfig.TtlTimeCharacteristic.ProcessingTime)
        .cleanup_full_snapshot()
        .cleanup_incrementally(7, True)
        .cleanup_in_rocksdb_compact_filter(500, Duration.of_hours(3))
        .build()
    )
    for descriptor in descriptors:
        descriptor.enable_time_to_live(ttl)
        print(type(descriptor).__name__, descriptor.get_name(), descriptor.name)
    print(descriptors[3].get_reduce_function() is add, descriptors[4].get_agg_function() is count)
    print(ttl.get_ttl_time_characteristic(), ttl.get_update_type(), ttl.get_ttl() == Time.minutes(5))
    cleanup = ttl.get_cleanup_strategies()
    print(cleanup.in_full_snapshot(), cleanup.is_cleanup_in_background())
    incremental = cleanup.get_incremental_cleanup_strategy()
    print(incremental.get_cleanup_size(), incremental.run_cleanup_for_every_record())
    compaction = cleanup.get_rocksdb_compact_filter_cleanup_strategy()
    print(compaction.get_query_time_after_num_entries())
    print(compaction.get_periodic_compaction_time() == Duration.of_hours(3))
    strategies = StateTtlConfig.CleanupStrategies
    kinds = strategies.Strategies
    print([kinds.FULL_STATE_SCAN_SNAPSHOT, kinds.INCREMENTAL_CLEANUP, kinds.ROCKSDB_COMPACTION_FILTER])
    print(isinstance(incremental, strategies.CleanupStrategy), type(strategies.EMPTY_STRATEGY).__name__)

    group = (
        SlotSharingGroup.builder("group")
        .set_cpu_cores(1.5)
        .set_task_heap_memory(MemorySize.of_mebi_bytes(64))
        .set_task_off_heap_memory_mb(32)
        .set_managed_memory(MemorySize(bytes_size=1 << 20))
        .set_external_resource("gpu", 2.0)
        .build()
    )
    print(group.get_name(), group.get_cpu_cores())
    print(group.get_task_heap_memory(), group.get_task_off_heap_memory(), group.get_managed_memory())
    print(group.get_external_resources())
    size = MemorySize(bytes_size=5 << 40)
    print(size.get_bytes(), size.get_kibi_bytes(), size.get_mebi_bytes(), size.get_gibi_bytes(), size.get_tebi_bytes())
    print(size == MemorySize(bytes_size=5 << 40), size < MemorySize.of_mebi_bytes(1), hash(size) == hash(MemorySize(bytes_size=5 << 40)))


if __name__ == "__main__":
    main()
