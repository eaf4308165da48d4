"""What a seed means: a job with its settings, and who is killed when."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

from faults import points

SINKS: Mapping[str, str] = {
    "sessions": "kafka",
    "timers": "file",
    "join": "kafka",
    "interval": "kafka",
    "asynchronous": "kafka",
    "model": "kafka",
    "windows": "kafka",
    "words": "python",
}
"""The jobs, with the kind of their sinks."""

MOST_KILLS = 4


@dataclass(frozen=True)
class Kill:
    """The end of a process by SIGKILL: of the whole job, or of one of its slot processes.

    At `point`, when it is passed for the `nth` time, or where there is none at a random moment: `seconds` after so many
    completed `checkpoints`, or when a share of the input of this life is written (`progress`).
    """

    slot: int | None = None
    point: str | None = None
    nth: int = 1
    checkpoints: int = 0
    seconds: float = 0.0
    progress: float | None = None

    def __str__(self) -> str:
        who = "the job" if self.slot is None else f"slot {self.slot + 1}" if self.point is None else "a slot"
        if self.point is not None:
            return f"{who} at {self.point}:{self.nth}"
        if self.progress is not None:
            return f"{who} when {self.progress:.0%} of its input is written"
        return f"{who} {self.seconds * 1000:.0f} ms after checkpoint {self.checkpoints}"


@dataclass(frozen=True)
class Schedule:
    """One run. `parallelism` has a number for each life of the job; the last one holds from there on.

    With `slow_us` all input is there from the beginning and a function takes so long for each record, so that records
    wait in all channels when a barrier comes.
    """

    seed: int
    job: str
    kills: tuple[Kill, ...]
    parallelism: tuple[int, ...] = (1,)
    partitions: int = 2
    backend: str = "hashmap"
    unaligned: bool = False
    mode: str = "process"
    naming: str = "INCREMENTING"
    interval_ms: int = 100
    cache_bytes: int = 1 << 20
    inline_bytes: int = 0
    slow_us: int = 0
    sabotage: str | None = field(default=None)

    @property
    def sink(self) -> str:
        return SINKS[self.job]

    def parallelism_of(self, life: int) -> int:
        """How many subtasks that life has, counted from 0."""
        return self.parallelism[min(life, len(self.parallelism) - 1)]

    def __str__(self) -> str:
        told = (
            "job",
            "parallelism",
            "partitions",
            "backend",
            "mode",
            "naming",
            "interval_ms",
            "cache_bytes",
            "slow_us",
        )
        settings = [f"{field.name}={getattr(self, field.name)}" for field in fields(self) if field.name in told]
        settings += ["unaligned"] * self.unaligned + [f"sabotage={self.sabotage}"] * (self.sabotage is not None)
        kills = "; ".join(str(kill) for kill in self.kills) or "nothing"
        return f"seed {self.seed}: {' '.join(settings)}; killed: {kills}"


def schedule(seed: int, suits: Callable[[Schedule], bool] = lambda _: True, sabotage: str | None = None) -> Schedule:
    """The schedule of a seed: of those that follow from it, the first that suits.

    >>> schedule(7) == schedule(7)
    True
    """
    rng = random.Random(seed)
    while True:
        drawn = _draw(seed, rng, sabotage)
        if suits(drawn):
            return drawn


def _draw(seed: int, rng: random.Random, sabotage: str | None) -> Schedule:
    job = rng.choice(list(SINKS))
    backend = rng.choice(["hashmap", "rocksdb"])
    mode = rng.choice(["process", "thread"])
    first = rng.choice([1, 3, 3])
    number = rng.randint(1, MOST_KILLS)
    parallelism = [first]
    for _ in range(number):
        rescales = rng.random() < 0.25
        parallelism.append(rng.choice([1, 2, 3]) if rescales else parallelism[-1])
    return Schedule(
        seed=seed,
        job=job,
        kills=_kills(number, parallelism, mode, backend, SINKS[job], rng),
        parallelism=tuple(parallelism),
        partitions=rng.randint(1, 4),
        backend=backend,
        unaligned=rng.random() < 0.5,
        mode=mode,
        naming=rng.choice(["INCREMENTING", "POOLING"]),
        interval_ms=rng.choice([50, 100, 200]),
        cache_bytes=rng.choice([4 << 10, 1 << 20]),
        inline_bytes=rng.choice([0, 20 << 10]),
        slow_us=0 if job in ("sessions", "asynchronous", "model") else rng.choice([0, 0, 1_000]),
        sabotage=sabotage,
    )


def _kills(
    number: int, parallelism: list[int], mode: str, backend: str, sink: str, rng: random.Random
) -> tuple[Kill, ...]:
    kills: list[Kill] = []
    life = 0
    for _ in range(number):
        slots = parallelism[life] if mode == "process" and parallelism[life] > 1 else 0
        slot = rng.randrange(slots) if slots and rng.random() < 0.4 else None
        kills.append(_kill(slot, backend, sink, rng))
        life += slot is None
    return tuple(kills)


def _kill(slot: int | None, backend: str, sink: str, rng: random.Random) -> Kill:
    if rng.random() < 0.6:
        known = points.in_tasks(backend, sink)
        if slot is None:
            known |= points.AT_THE_MASTER
        point = rng.choice(sorted(known))
        return Kill(slot=slot, point=point, nth=rng.randint(1, known[point]))
    if rng.random() < 0.5:
        return Kill(slot=slot, progress=rng.uniform(0.1, 0.9))
    return Kill(slot=slot, checkpoints=rng.randint(0, 4), seconds=rng.uniform(0, 0.2))
