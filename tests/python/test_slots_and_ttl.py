"""Memory sizes, slot sharing groups and time-to-live: what their builders make."""

from __future__ import annotations

import pytest

from penstock.common import Duration, Time
from penstock.datastream import MemorySize, SlotSharingGroup, StreamExecutionEnvironment
from penstock.datastream.state import StateTtlConfig


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (5, "5 bytes"), (2048, "2 kb"), (64 << 20, "64 mb"), (3 << 40, "3 tb")]
)
def test_memory_sizes(size: int, text: str) -> None:
    assert str(MemorySize(bytes_size=size)) == text


def test_memory_sizes_are_ordered() -> None:
    assert MemorySize.of_mebi_bytes(1) < MemorySize.of_mebi_bytes(2)
    assert MemorySize.of_mebi_bytes(1) >= MemorySize(bytes_size=1 << 20)
    assert MemorySize.of_mebi_bytes(1) <= MemorySize.of_mebi_bytes(1)
    with pytest.raises(TypeError, match="a MemorySize is compared with another one, not with 3"):
        MemorySize.of_mebi_bytes(1).__le__(3)  # type: ignore[arg-type]
    assert (MemorySize(bytes_size=3 << 30).get_mebi_bytes(), MemorySize(5 << 30).get_gibi_bytes()) == (3072, 5)
    with pytest.raises(ValueError, match="from 0"):
        MemorySize(bytes_size=-1)


def test_slot_sharing_groups(env: StreamExecutionEnvironment) -> None:
    heavy = SlotSharingGroup.builder("g").set_cpu_cores(1.5).set_task_heap_memory_mb(100).build()
    assert (heavy.get_cpu_cores(), heavy.get_task_heap_memory()) == (1.5, MemorySize.of_mebi_bytes(100))
    same = SlotSharingGroup.builder("g").set_cpu_cores(1.5).set_task_heap_memory_mb(100).build()
    assert same == heavy and hash(same) == hash(heavy) and heavy != SlotSharingGroup.builder("g").build()
    env.register_slot_sharing_group(heavy).register_slot_sharing_group(heavy)
    with pytest.raises(ValueError, match="other resources"):
        env.register_slot_sharing_group(SlotSharingGroup.builder("g").build())
    with pytest.raises(ValueError, match="both cpu_cores and task_heap_memory"):
        SlotSharingGroup.builder("g").set_cpu_cores(1).build()


def test_ttl() -> None:
    built = StateTtlConfig.new_builder(Time.seconds(1)).cleanup_incrementally(7, True).build()
    assert built._to_json() == {
        "ttl_ms": 1000,
        "update_type": "OnCreateAndWrite",
        "visibility": "NeverReturnExpired",
        "compaction": {"entries": 1000, "period_ms": 30 * 24 * 3600 * 1000},
    }
    incremental = built.get_cleanup_strategies().get_incremental_cleanup_strategy()
    assert incremental is not None
    assert (incremental.get_cleanup_size(), incremental.run_cleanup_for_every_record()) == (7, True)
    assert StateTtlConfig.new_builder(Duration.of_seconds(1)).build().get_ttl() == Time.seconds(1)
    with pytest.raises(ValueError, match="above zero"):
        StateTtlConfig.new_builder(Time.seconds(0))


def test_ttl_tells_what_was_set() -> None:
    default = StateTtlConfig.new_builder(Time.seconds(1)).build()
    assert default.get_update_type() is StateTtlConfig.UpdateType.OnCreateAndWrite
    assert default.get_state_visibility() is StateTtlConfig.StateVisibility.NeverReturnExpired
    assert repr(default) == (
        "StateTtlConfig<update_type=UpdateType.OnCreateAndWrite, state_visibility=StateVisibility.NeverReturnExpired,"
        "ttl_time_characteristic =TtlTimeCharacteristic.ProcessingTime,ttl=1000 ms>"
    )
    seen = StateTtlConfig.new_builder(Time.seconds(1)).return_expired_if_not_cleaned_up().build()
    assert seen.get_state_visibility() is StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp
    kinds = StateTtlConfig.CleanupStrategies
    assert isinstance(kinds.EMPTY_STRATEGY, kinds.EmptyCleanupStrategy)
    assert isinstance(kinds.EMPTY_STRATEGY, kinds.CleanupStrategy)
