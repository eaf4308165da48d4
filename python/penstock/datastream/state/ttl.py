"""How long state is remembered."""

from __future__ import annotations

from abc import ABC
from enum import Enum
from typing import Any, cast

from penstock.common.time import Duration, Time


class StateTtlConfig:
    """How long a value is remembered after it was written (or read), and whether an expired one may still be seen.

        ttl = StateTtlConfig.new_builder(Time.hours(1)).update_ttl_on_read_and_write().build()
        descriptor.enable_time_to_live(ttl)

    Lists and maps expire item by item.
    """

    class UpdateType(Enum):
        """What starts the time anew."""

        Disabled = 0
        OnCreateAndWrite = 1
        OnReadAndWrite = 2

    class StateVisibility(Enum):
        """Whether an expired value that has not been removed yet may still be seen."""

        ReturnExpiredIfNotCleanedUp = 0
        NeverReturnExpired = 1

    class TtlTimeCharacteristic(Enum):
        """By which clock."""

        ProcessingTime = 0

    def __init__(
        self,
        update_type: UpdateType,
        state_visibility: StateVisibility,
        ttl_time_characteristic: TtlTimeCharacteristic,
        ttl: Time,
        cleanup_strategies: CleanupStrategies,
    ) -> None:
        self._update_type = update_type
        self._state_visibility = state_visibility
        self._ttl_time_characteristic = ttl_time_characteristic
        self._ttl = ttl
        self._cleanup_strategies = cleanup_strategies

    @staticmethod
    def new_builder(ttl: Time) -> StateTtlConfig.Builder:
        """Begin with the time. Raises ValueError if it is not above zero."""
        return StateTtlConfig.Builder(ttl)

    def get_update_type(self) -> StateTtlConfig.UpdateType:
        """What starts the time anew."""
        return self._update_type

    def get_state_visibility(self) -> StateTtlConfig.StateVisibility:
        """Whether an expired value may still be seen."""
        return self._state_visibility

    def get_ttl(self) -> Time:
        """The time."""
        return self._ttl

    def get_ttl_time_characteristic(self) -> StateTtlConfig.TtlTimeCharacteristic:
        """By which clock."""
        return self._ttl_time_characteristic

    def is_enabled(self) -> bool:
        """Whether values expire at all."""
        return self._update_type is not StateTtlConfig.UpdateType.Disabled

    def get_cleanup_strategies(self) -> StateTtlConfig.CleanupStrategies:
        """When expired values are removed."""
        return self._cleanup_strategies

    def _to_json(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "ttl_ms": self._ttl.to_milliseconds(),
            "update_type": self._update_type.name,
            "visibility": self._state_visibility.name,
        }
        compaction = self._cleanup_strategies.get_rocksdb_compact_filter_cleanup_strategy()
        if compaction is not None:
            described["compaction"] = {
                "entries": compaction.get_query_time_after_num_entries(),
                "period_ms": compaction.get_periodic_compaction_time()._to_millis(),
            }
        return described

    def __repr__(self) -> str:
        # PyFlink's words, with its spaces.
        return (
            f"StateTtlConfig<update_type={self._update_type}, state_visibility={self._state_visibility},"
            f"ttl_time_characteristic ={self._ttl_time_characteristic},ttl={self._ttl}>"
        )

    class Builder:
        """Makes a `StateTtlConfig`."""

        def __init__(self, ttl: Time) -> None:
            self._update_type = StateTtlConfig.UpdateType.OnCreateAndWrite
            self._visibility = StateTtlConfig.StateVisibility.NeverReturnExpired
            self._characteristic = StateTtlConfig.TtlTimeCharacteristic.ProcessingTime
            self._background = True
            self._strategies: dict[Any, Any] = {}
            self.set_ttl(ttl)

        def set_update_type(self, update_type: StateTtlConfig.UpdateType) -> StateTtlConfig.Builder:
            """What starts the time anew."""
            self._update_type = update_type
            return self

        def update_ttl_on_create_and_write(self) -> StateTtlConfig.Builder:
            """Writing starts the time anew: the default."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnCreateAndWrite)

        def update_ttl_on_read_and_write(self) -> StateTtlConfig.Builder:
            """Reading starts the time anew too."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnReadAndWrite)

        def set_state_visibility(self, state_visibility: StateTtlConfig.StateVisibility) -> StateTtlConfig.Builder:
            """Whether an expired value that has not been removed yet may still be seen."""
            self._visibility = state_visibility
            return self

        def return_expired_if_not_cleaned_up(self) -> StateTtlConfig.Builder:
            """An expired value may be seen until it is removed."""
            return self.set_state_visibility(StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp)

        def never_return_expired(self) -> StateTtlConfig.Builder:
            """An expired value is never seen: the default."""
            return self.set_state_visibility(StateTtlConfig.StateVisibility.NeverReturnExpired)

        def set_ttl_time_characteristic(
            self, ttl_time_characteristic: StateTtlConfig.TtlTimeCharacteristic
        ) -> StateTtlConfig.Builder:
            """By which clock."""
            self._characteristic = ttl_time_characteristic
            return self

        def use_processing_time(self) -> StateTtlConfig.Builder:
            """By the machine's clock: the only one there is."""
            return self.set_ttl_time_characteristic(StateTtlConfig.TtlTimeCharacteristic.ProcessingTime)

        def cleanup_full_snapshot(self) -> StateTtlConfig.Builder:
            """Leave expired values out of snapshots."""
            strategies = StateTtlConfig.CleanupStrategies
            self._strategies[strategies.Strategies.FULL_STATE_SCAN_SNAPSHOT] = strategies.EMPTY_STRATEGY
            return self

        def cleanup_incrementally(
            self, cleanup_size: int, run_cleanup_for_every_record: bool
        ) -> StateTtlConfig.Builder:
            """Look at so many values with each access, or with each record, and remove the expired."""
            strategies = StateTtlConfig.CleanupStrategies
            self._strategies[strategies.Strategies.INCREMENTAL_CLEANUP] = strategies.IncrementalCleanupStrategy(
                cleanup_size, run_cleanup_for_every_record
            )
            return self

        def cleanup_in_rocksdb_compact_filter(
            self, query_time_after_num_entries: int, periodic_compaction_time: Duration | None = None
        ) -> StateTtlConfig.Builder:
            """Remove expired values while RocksDB compacts, reading the clock every so many entries."""
            strategies = StateTtlConfig.CleanupStrategies
            self._strategies[strategies.Strategies.ROCKSDB_COMPACTION_FILTER] = (
                strategies.RocksdbCompactFilterCleanupStrategy(query_time_after_num_entries, periodic_compaction_time)
            )
            return self

        def disable_cleanup_in_background(self) -> StateTtlConfig.Builder:
            """Remove expired values only when they are met."""
            self._background = False
            return self

        def set_ttl(self, ttl: Time) -> StateTtlConfig.Builder:
            """The time. Raises ValueError if it is not above zero."""
            if isinstance(ttl, Duration):
                ttl = Time.milliseconds(ttl._to_millis())
            if not isinstance(ttl, Time) or ttl.to_milliseconds() <= 0:
                raise ValueError(f"a time-to-live is a Time above zero such as Time.hours(1), not {ttl}")
            self._ttl = ttl
            return self

        def build(self) -> StateTtlConfig:
            """The configuration."""
            cleanup = StateTtlConfig.CleanupStrategies(self._strategies, self._background)
            return StateTtlConfig(self._update_type, self._visibility, self._characteristic, self._ttl, cleanup)

    class CleanupStrategies:
        """When expired values are removed."""

        class Strategies(Enum):
            """The ways of removing them."""

            FULL_STATE_SCAN_SNAPSHOT = 0
            INCREMENTAL_CLEANUP = 1
            ROCKSDB_COMPACTION_FILTER = 2

        class CleanupStrategy(ABC):
            """A way of removing them."""

        class EmptyCleanupStrategy(CleanupStrategy):
            """A way that has nothing to be configured."""

        class IncrementalCleanupStrategy(CleanupStrategy):
            """Some values with each access."""

            def __init__(self, cleanup_size: int, run_cleanup_for_every_record: bool) -> None:
                self._cleanup_size = cleanup_size
                self._run_cleanup_for_every_record = run_cleanup_for_every_record

            def get_cleanup_size(self) -> int:
                """How many."""
                return self._cleanup_size

            def run_cleanup_for_every_record(self) -> bool:
                """Whether with each record, too."""
                return self._run_cleanup_for_every_record

        class RocksdbCompactFilterCleanupStrategy(CleanupStrategy):
            """While RocksDB compacts."""

            def __init__(
                self, query_time_after_num_entries: int, periodic_compaction_time: Duration | None = None
            ) -> None:
                self._query_time_after_num_entries = query_time_after_num_entries
                self._periodic_compaction_time = periodic_compaction_time or Duration.of_days(30)

            def get_query_time_after_num_entries(self) -> int:
                """After how many entries the clock is read."""
                return self._query_time_after_num_entries

            def get_periodic_compaction_time(self) -> Duration:
                """How old a file gets before it is compacted."""
                return self._periodic_compaction_time

        EMPTY_STRATEGY = EmptyCleanupStrategy()

        def __init__(self, strategies: dict[Strategies, CleanupStrategy], is_cleanup_in_background: bool) -> None:
            self._strategies = strategies
            self._is_cleanup_in_background = is_cleanup_in_background

        def is_cleanup_in_background(self) -> bool:
            """Whether expired values are removed in the background."""
            return self._is_cleanup_in_background

        def in_full_snapshot(self) -> bool:
            """Whether snapshots leave expired values out."""
            return StateTtlConfig.CleanupStrategies.Strategies.FULL_STATE_SCAN_SNAPSHOT in self._strategies

        def get_incremental_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.IncrementalCleanupStrategy | None:
            """What was set, or the default if there is cleaning in the background."""
            strategies = StateTtlConfig.CleanupStrategies
            default = strategies.IncrementalCleanupStrategy(5, False) if self._is_cleanup_in_background else None
            chosen = self._strategies.get(strategies.Strategies.INCREMENTAL_CLEANUP, default)
            return cast("StateTtlConfig.CleanupStrategies.IncrementalCleanupStrategy | None", chosen)

        def get_rocksdb_compact_filter_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.RocksdbCompactFilterCleanupStrategy | None:
            """What was set, or the default if there is cleaning in the background."""
            strategies = StateTtlConfig.CleanupStrategies
            default = strategies.RocksdbCompactFilterCleanupStrategy(1000) if self._is_cleanup_in_background else None
            chosen = self._strategies.get(strategies.Strategies.ROCKSDB_COMPACTION_FILTER, default)
            return cast("StateTtlConfig.CleanupStrategies.RocksdbCompactFilterCleanupStrategy | None", chosen)
