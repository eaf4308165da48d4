"""What a row of the results is: a figure of a workload, and the ratio to reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .pythons import Runtime

OURS = "penstock"


class Method(Enum):
    """How a workload is measured."""

    TWO_SIZES = "two sizes"
    LATENCY = "latency"
    FIRST_RESULT = "first result"
    MEMORY = "memory"
    MEMORY_LIMIT = "memory limit"
    LARGE_STATE = "large state"
    BACKPRESSURE = "backpressure"


@dataclass(frozen=True)
class Side:
    """One program that does a workload."""

    name: str
    runtime: Runtime
    script: str
    guess: int = 0
    """Records a second to begin the search for its size with; only the search gets longer when it is far off."""
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Of `penstock run`."""
    warm_up: int = 0
    """Records before those that count."""


@dataclass(frozen=True)
class Workload:
    """A piece of work in `bench/rows/<folder>/` and everybody who does it, ourselves first."""

    name: str
    folder: str
    method: Method
    sides: tuple[Side, ...]
    reads: str = "numbers"
    brief: bool = False
    """Fewer and shorter runs, where the ratio to reach leaves room for that."""

    def ours_alone(self) -> bool:
        """Whether there is no peer to run: the figures are compared with limits."""
        return all(side.name == OURS for side in self.sides)


@dataclass(frozen=True)
class Row:
    """One line of the results for each peer: a figure of a workload's measurement."""

    name: str
    workload: str
    figure: str
    unit: str
    goals: Mapping[str, float | None]
    """The ratio to reach, by peer; None: shown for comparison."""
    more_is_better: bool = field(kw_only=True)
    ours_at_most: float | None = None
    ours_at_least: float | None = None

    def peers(self, *, flink: bool) -> list[str]:
        """Names of the peers that are PyFlink, or of those that are not."""
        return [peer for peer in self.goals if peer.startswith("pyflink") is flink]
