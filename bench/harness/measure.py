"""Measures a workload: all its sides, in turns, so that a busy moment of the machine meets them alike."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .arithmetic import Sizes, slope
from .broker import Broker
from .file_inputs import avro_orders, csv_orders, parquet_rows
from .inputs import Input, Numbers, Text, Topics
from .large_state import Large, checkpoints_and_restore, memory_limit
from .process import Run, SideError, Started, run
from .pythons import BENCH, Pythons, Runtime
from .row import OURS, Method, Side, Workload
from .state_rows import PAYLOAD

T = TypeVar("T")

Figures = dict[str, float]
"""What one side achieved, by the name that a row asks for."""


@dataclass(frozen=True)
class Effort:
    """How much is run."""

    rounds: int
    work_seconds: float
    """Time that the full size should take beyond start-up."""
    pilot_seconds: float
    """A pilot that takes this long beyond start-up is good enough to tell the sizes from."""
    wall_range: tuple[float, float]
    """Where the wall time of the full size should be."""
    latency_seconds: int
    warm_up_seconds: int
    """Seconds of messages at the beginning that do not count."""

    def of(self, workload: Workload) -> Effort:
        """Less of it for a workload that needs less."""
        if not workload.brief:
            return self
        seconds = min(self.work_seconds, 6)
        return replace(self, rounds=min(self.rounds, 2), work_seconds=seconds, pilot_seconds=min(self.pilot_seconds, 2))

    @classmethod
    def full(cls) -> Effort:
        return cls(3, 16, 3, (10, 30), latency_seconds=20, warm_up_seconds=5)

    @classmethod
    def quick(cls) -> Effort:
        return cls(1, 3, 0.7, (0, 30), latency_seconds=4, warm_up_seconds=2)


class Bench:
    """Holds what the measurements share: interpreters, the broker, the inputs."""

    LATENCY_RATE = 10_000
    SQUARES = tuple(str(x * x) for x in range(10))

    def __init__(self, pythons: Pythons, effort: Effort) -> None:
        self._pythons = pythons
        self._effort = effort
        self._broker = Broker(pythons)
        self._inputs: dict[str, Input] = {}
        self._latency_runs = 0
        self.failures: list[str] = []
        self.notes: list[str] = []

    def close(self) -> None:
        """Removes the inputs and stops the broker."""
        for one in self._inputs.values():
            one.close()
        self._broker.close()

    def measure(self, workload: Workload, names: Sequence[str], figures: Collection[str]) -> dict[str, Figures]:
        """The wanted figures of the named sides. A peer that fails is left out and kept in `failures`."""
        sides = [side for side in workload.sides if side.name in names]
        for side in sides:
            self._pythons.interpreter(side.runtime)
        if workload.method is Method.TWO_SIZES:
            return self._two_sizes(workload, sides, figures)
        methods: Mapping[Method, Callable[[Workload, list[Side]], dict[str, Figures]]] = {
            Method.LATENCY: self._latency,
            Method.FIRST_RESULT: self._first_result,
            Method.MEMORY: self._memory,
            Method.MEMORY_LIMIT: self._memory_limit,
            Method.LARGE_STATE: self._large_state,
            Method.BACKPRESSURE: self._backpressure,
        }
        return methods[workload.method](workload, sides)

    def _turns(self, sides: list[Side], once: Callable[[Side], T], rounds: int) -> dict[str, list[T]]:
        """What each side gave in each round. Nothing can be compared once our own side has failed, so that ends it."""
        gave: dict[str, list[T]] = {side.name: [] for side in sides}
        for _ in range(rounds):
            for side in [side for side in sides if side.name in gave]:
                try:
                    gave[side.name].append(once(side))
                except SideError as error:
                    if side.name == OURS:
                        raise
                    self._fail(str(error))
                    del gave[side.name]
        return gave

    def _fail(self, what: str) -> None:
        self.failures.append(what)
        say(f"FAILED: {what}")

    def _sizes(self, workload: Workload, sides: list[Side]) -> tuple[dict[str, Sizes], list[Side]]:
        """The sizes of each side, and the sides that have them."""
        found = self._turns(sides, lambda side: self._calibrate(workload, side), 1)
        return {name: sizes for name, (sizes,) in found.items()}, [side for side in sides if side.name in found]

    # --- the methods ---------------------------------------------------------------------------------------------

    def _two_sizes(self, workload: Workload, sides: list[Side], figures: Collection[str]) -> dict[str, Figures]:
        sizes, sides = self._sizes(workload, sides)

        def both(side: Side) -> tuple[Run, Run]:
            of = sizes[side.name]
            return self._run(workload, side, of.small), self._run(workload, side, of.full)

        runs = self._turns(sides, both, self._effort.of(workload).rounds)
        for name, pairs in runs.items():
            if not workload.brief:
                self._note_wall(f"{workload.name} {name}", min(full.wall for _, full in pairs))
            for said in re.findall(r"State '.* out of the object cache", pairs[-1][1].errors):
                self.notes.append(f"{workload.name} {name}: {said}")
        last = [side for side in sides if side.name in runs]
        rates = self._turns(last, lambda side: self._rates(sizes[side.name], runs[side.name], figures), 1)
        return {name: rate for name, (rate,) in rates.items()}

    @staticmethod
    def _rates(sizes: Sizes, pairs: list[tuple[Run, Run]], figures: Collection[str]) -> Figures:
        """Only what is wanted: the CPU time of a JVM that nobody waited for, for one, is not known."""
        small, full = zip(*pairs, strict=True)
        made: Figures = {}
        try:
            if "rate" in figures:
                made["rate"] = 1 / slope(sizes, [one.wall for one in small], [one.wall for one in full])
            if "megabytes" in figures:
                each = slope(sizes, [one.wall for one in small], [one.wall for one in full])
                made["megabytes"] = PAYLOAD / 1_000_000 / each
            if "cpu" in figures:
                made["cpu"] = 1_000_000 * slope(sizes, [one.cpu for one in small], [one.cpu for one in full])
        except ValueError as error:
            raise SideError(str(error)) from error
        return made

    def _memory(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        sizes, sides = self._sizes(workload, sides)

        def peak(side: Side) -> float:
            return self._run(workload, side, sizes[side.name].full, watch_memory=True).peak_bytes / 1_000_000

        return {name: {"peak": min(all_)} for name, all_ in self._turns(sides, peak, self._effort.rounds).items()}

    def _memory_limit(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        return memory_limit(self._large(workload, sides))

    def _large_state(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        return checkpoints_and_restore(self._large(workload, sides), self.notes)

    def _backpressure(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        def seconds(side: Side) -> float:
            done = run(
                self._command(workload, side, *side.arguments),
                env=self._pythons.env(side.runtime),
                deadline=self._deadline(),
            )
            taken, records = done.lines[-1][1].split()
            say(f"{workload.name} {side.name}: a checkpoint in {taken} s, while {records} records came to the sink")
            return float(taken)

        return {name: {"seconds": min(all_)} for name, all_ in self._turns(sides, seconds, 1).items()}

    def _large(self, workload: Workload, sides: list[Side]) -> Large:
        def once(script: str, *arguments: str, options: Sequence[str] = (), watch_memory: bool = False) -> Run:
            side = replace(sides[0], script=script, options=tuple(options))
            command, env = self._command(workload, side, *arguments), self._pythons.env(side.runtime)
            done = run(command, env=env, deadline=self._deadline(), watch_memory=watch_memory)
            say(f"{workload.name} {script} {' '.join(arguments[-4:])}: {done.wall:.2f} s")
            return done

        return Large(once, scale=1 if self._effort.rounds > 1 else 50)

    def _first_result(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        def seconds(side: Side) -> float:
            done = run(self._command(workload, side), env=self._pythons.env(side.runtime), deadline=self._deadline())
            last = last_of(done, self.SQUARES)
            say(f"{workload.name} {side.name}: last line after {last:.3f} s")
            return last

        return {name: {"seconds": min(all_)} for name, all_ in self._turns(sides, seconds, self._effort.rounds).items()}

    def _latency(self, workload: Workload, sides: list[Side]) -> dict[str, Figures]:
        found = self._turns(sides, lambda side: self._probe(workload, side), self._effort.rounds)
        return {name: {"p99": min(all_)} for name, all_ in found.items()}

    def _note_wall(self, what: str, seconds: float) -> None:
        """A size chosen in a busy moment shows here."""
        least, most = self._effort.wall_range
        if not least <= seconds <= most:
            say(f"note: the full size of {what} took {seconds:.1f} s, not {least:.0f} to {most:.0f} s")

    def _probe(self, workload: Workload, side: Side) -> float:
        """p99 of one life of the job, on topics of its own."""
        self._latency_runs += 1
        topics = [f"{verb}-{self._latency_runs}" for verb in ("in", "out")]
        for topic in topics:
            self._broker.tool("topics.py", "create", topic)
        command = self._command(workload, side, self._broker.address, *topics)
        load = [self.LATENCY_RATE, self._effort.warm_up_seconds, self._effort.latency_seconds]
        with Started(command, env=self._pythons.env(side.runtime)) as job:
            try:
                printed = self._broker.tool("probe.py", *topics, *map(str, load))
            except SideError as error:
                raise SideError(f"{error}\n{job.describe('was the job that the probe looked at')}") from error
            if job.ended():
                raise SideError(job.describe("ended before it was stopped"))
            job.stop()
        say(f"{workload.name} {side.name}: {printed.strip()}")
        return float(json.loads(printed)["p99"])

    # --- one run -------------------------------------------------------------------------------------------------

    def _calibrate(self, workload: Workload, side: Side) -> Sizes:
        """Finds the sizes of a side by runs that grow until their time beyond start-up can be told.

        The shortest run of all stands for start-up, so that one slow start does not hide the work of the others.
        """
        effort = self._effort.of(workload)
        start_up = self._run(workload, side, side.warm_up + 1_000).wall
        n = max(2_000, side.guess // 1_000 * 1_000)
        while (beyond := (wall := self._run(workload, side, side.warm_up + n).wall) - start_up) < effort.pilot_seconds:
            start_up = min(start_up, wall)
            n *= 3
        return Sizes.of(n / beyond, effort.work_seconds, side.warm_up)

    def _run(self, workload: Workload, side: Side, n: int, *, watch_memory: bool = False) -> Run:
        source = self._input(workload.reads)
        command = self._command(workload, side, str(n), *source.prepare(n), *side.arguments)
        done = run(command, env=self._pythons.env(side.runtime), deadline=self._deadline(), watch_memory=watch_memory)
        source.verify(n)
        memory = f", {done.peak_bytes / 1e6:.0f} MB" if watch_memory else ""
        say(f"{workload.name} {side.name}: {n:,} in {done.wall:.2f} s, {done.cpu:.2f} CPU s{memory}")
        return done

    def _deadline(self) -> float:
        return 60 + 10 * self._effort.wall_range[1]

    def _command(self, workload: Workload, side: Side, *arguments: str) -> list[str]:
        script = BENCH / "rows" / workload.folder / side.script
        return [*self._pythons.command(side.runtime, script, *side.options), *arguments]

    def _input(self, name: str) -> Input:
        if name not in self._inputs:
            kinds: Mapping[str, Callable[[], Input]] = {
                "numbers": Numbers,
                "text": Text,
                "topics": lambda: Topics(self._broker),
                "csv": csv_orders,
                "parquet": lambda: parquet_rows(self._pythons.interpreter(Runtime.PLAIN)),
                "avro": lambda: avro_orders(self._pythons.interpreter(Runtime.PLAIN)),
            }
            self._inputs[name] = kinds[name]()
        return self._inputs[name]


def last_of(done: Run, expected: Sequence[str]) -> float:
    """When the last of the expected lines came; all of them have to."""
    came = {line: at for at, line in done.lines}
    missing = [line for line in expected if line not in came]
    if missing:
        raise SideError(f"the job did not print {', '.join(missing)}, but: {[line for _, line in done.lines]}")
    return max(came[line] for line in expected)


def say(what: str) -> None:
    """Progress goes to standard error; standard output is for the table."""
    print(what, file=sys.stderr, flush=True)
