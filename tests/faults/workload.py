"""What goes into a job and what has to come out, the same for every run of an input; and where a run has them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

JOBS = Path(__file__).resolve().parent / "jobs"


class Input(NamedTuple):
    """A record on its way into a topic."""

    topic: str
    partition: int
    value: str


@dataclass(frozen=True)
class Workload:
    """The input of a job in the order in which it is written, and its output by the name of where that goes.

    `order` tells the key and the place of a line among those with its key, where lines of one key come in order.
    `canonical` gives the line that is compared.
    """

    inputs: Sequence[Input]
    expected: Mapping[str, Sequence[str]]
    order: Mapping[str, Callable[[str], tuple[str, int]]] = field(default_factory=dict)
    canonical: Callable[[str], str] = str

    def ends(self) -> dict[str, list[int]]:
        """Behind the last record of each partition, by topic: where a bounded source stops."""
        ends: dict[str, dict[int, int]] = {}
        for record in self.inputs:
            topic = ends.setdefault(record.topic, {})
            topic[record.partition] = topic.get(record.partition, 0) + 1
        return {topic: [counts.get(number, 0) for number in range(max(counts) + 1)] for topic, counts in ends.items()}


@dataclass(frozen=True)
class Place:
    """Where a run's data are: `ends` as in `Workload.ends`."""

    brokers: str
    topics: list[str]
    out: str
    ends: dict[str, list[int]]
    checkpoints: str
    folder: Path


def partition_of(key: str, partitions: int) -> int:
    """The partition that has all records of a key, so that they keep their order.

    >>> partition_of("u1", 1)
    0
    """
    return zlib.crc32(key.encode()) % partitions
