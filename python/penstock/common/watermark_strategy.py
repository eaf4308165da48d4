"""How records get event time, and how far event time has come."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from penstock.common.time import Duration


class TimestampAssigner(ABC):
    """Says when the event of a record happened."""

    @abstractmethod
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        """The event time in milliseconds since the epoch.

        `record_timestamp` is what the record had before: its Kafka timestamp, or the smallest 64-bit integer if it had
        none.
        """


@dataclass
class _Strategy:
    """What a strategy says, as the engine takes it."""

    generator: dict[str, Any]
    assigner: TimestampAssigner | None = None
    idleness_ms: int | None = None
    alignment: dict[str, Any] | None = None


class WatermarkStrategy:
    """How records get event time, and how far event time has come.

        WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(10)).with_timestamp_assigner(MyAssigner())

    Made by the static methods. The `with_*` methods return a new strategy and leave the old one as it is.
    """

    def __init__(self, j_watermark_strategy: _Strategy) -> None:
        self._strategy = j_watermark_strategy

    @staticmethod
    def for_monotonous_timestamps() -> WatermarkStrategy:
        """For timestamps that only grow."""
        return WatermarkStrategy(_Strategy({"kind": "monotonous"}))

    @staticmethod
    def for_bounded_out_of_orderness(max_out_of_orderness: Duration) -> WatermarkStrategy:
        """For records that come late by at most this much."""
        millis = _duration(max_out_of_orderness, "max_out_of_orderness")._to_millis()
        return WatermarkStrategy(_Strategy({"kind": "bounded_out_of_orderness", "millis": millis}))

    @staticmethod
    def no_watermarks() -> WatermarkStrategy:
        """For streams without event time."""
        return WatermarkStrategy(_Strategy({"kind": "none"}))

    def with_timestamp_assigner(self, timestamp_assigner: TimestampAssigner) -> WatermarkStrategy:
        """Take the time of records from this. Raises TypeError for anything but a TimestampAssigner."""
        if not isinstance(timestamp_assigner, TimestampAssigner):
            raise TypeError(
                f"with_timestamp_assigner takes an object of a TimestampAssigner class, not {timestamp_assigner!r}"
            )
        return self._changed(assigner=timestamp_assigner)

    def with_idleness(self, idle_timeout: Duration) -> WatermarkStrategy:
        """An input without records for this long no longer holds the others' watermark back."""
        millis = _duration(idle_timeout, "idle_timeout")._to_millis()
        if millis <= 0:
            raise ValueError(f"idle_timeout has to be above zero, not {millis} ms")
        return self._changed(idleness_ms=millis)

    def with_watermark_alignment(
        self, watermark_group: str, max_allowed_watermark_drift: Duration, update_interval: Duration | None = None
    ) -> WatermarkStrategy:
        """Sources of one group wait for each other when one is ahead by more than the drift.

        `update_interval` is how often they compare, one second by default.
        """
        interval = Duration.of_seconds(1) if update_interval is None else _duration(update_interval, "update_interval")
        drift = _duration(max_allowed_watermark_drift, "max_allowed_watermark_drift")
        alignment = {
            "group": watermark_group,
            "max_drift_ms": drift._to_millis(),
            "update_interval_ms": interval._to_millis(),
        }
        return self._changed(alignment=alignment)

    def _changed(self, **changes: Any) -> WatermarkStrategy:
        strategy = copy.copy(self._strategy)
        for name, value in changes.items():
            setattr(strategy, name, value)
        return WatermarkStrategy(strategy)


class AssignerWithPeriodicWatermarksWrapper:
    """PyFlink's holder of a Java assigner, which Penstock cannot call: raises NoJavaError."""

    def __init__(self, j_assigner_with_periodic_watermarks: Any) -> None:
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("AssignerWithPeriodicWatermarksWrapper")


def _duration(value: Any, name: str) -> Duration:
    if not isinstance(value, Duration):
        raise TypeError(f"{name} takes a Duration such as Duration.of_seconds(10), not {value!r}")
    return value
