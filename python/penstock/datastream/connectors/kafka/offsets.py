"""Where reading begins and ends."""

from __future__ import annotations

from enum import Enum
from typing import Any


class KafkaOffsetResetStrategy(Enum):
    """What to do where there is no such offset: begin at the end, at the beginning, or fail."""

    LATEST = 0
    EARLIEST = 1
    NONE = 2


class KafkaTopicPartition:
    """A partition of a topic."""

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition

    def _to_json(self) -> list[Any]:
        return [self._topic, self._partition]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KafkaTopicPartition) and self._to_json() == other._to_json()

    def __hash__(self) -> int:
        return hash((self._topic, self._partition))

    def __repr__(self) -> str:
        return f"KafkaTopicPartition({self._topic!r}, {self._partition})"


class KafkaOffsetsInitializer:
    """Where reading begins or ends. Made by the static methods; `j_initializer` is the engine's form."""

    def __init__(self, j_initializer: dict[str, Any]) -> None:
        self._initializer = j_initializer

    @staticmethod
    def committed_offsets(
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.NONE,
    ) -> KafkaOffsetsInitializer:
        """What the group has committed; where it has committed nothing, as the strategy says."""
        return KafkaOffsetsInitializer({"kind": "committed", "reset": _reset(offset_reset_strategy)})

    @staticmethod
    def timestamp(timestamp: int) -> KafkaOffsetsInitializer:
        """The first record of each partition that is not older than this: milliseconds since the epoch."""
        if timestamp < 0:
            raise ValueError(f"KafkaOffsetsInitializer.timestamp takes milliseconds since the epoch, not {timestamp}")
        return KafkaOffsetsInitializer({"kind": "timestamp", "timestamp": timestamp})

    @staticmethod
    def earliest() -> KafkaOffsetsInitializer:
        """The oldest record that the broker has."""
        return KafkaOffsetsInitializer({"kind": "earliest"})

    @staticmethod
    def latest() -> KafkaOffsetsInitializer:
        """What is written from now on; as an end, what has been written until now."""
        return KafkaOffsetsInitializer({"kind": "latest"})

    @staticmethod
    def offsets(
        offsets: dict[KafkaTopicPartition, int],
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.EARLIEST,
    ) -> KafkaOffsetsInitializer:
        """An offset for each partition; for partitions without one, as the strategy says."""
        for partition in offsets:
            if not isinstance(partition, KafkaTopicPartition):
                raise TypeError(f"KafkaOffsetsInitializer.offsets takes KafkaTopicPartitions, not {partition!r}")
        listed = [[*partition._to_json(), offset] for partition, offset in offsets.items()]
        return KafkaOffsetsInitializer(
            {"kind": "offsets", "offsets": sorted(listed), "reset": _reset(offset_reset_strategy)}
        )

    def _to_json(self) -> dict[str, Any]:
        return self._initializer


def checked_initializer(initializer: Any, method: str) -> KafkaOffsetsInitializer:
    """The initializer. Raises TypeError for anything else."""
    if not isinstance(initializer, KafkaOffsetsInitializer):
        raise TypeError(f"{method} takes a KafkaOffsetsInitializer such as earliest(), not {initializer!r}")
    return initializer


def _reset(strategy: KafkaOffsetResetStrategy) -> str:
    if not isinstance(strategy, KafkaOffsetResetStrategy):
        raise TypeError(f"offset_reset_strategy has to be a KafkaOffsetResetStrategy, not {strategy!r}")
    return strategy.name
