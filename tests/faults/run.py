"""Carries a schedule out: life after life until the job comes to its end, and then the comparison."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from faults import asynchronous, interval, join, model, sessions, timers, windows, words
from faults.cluster import Services
from faults.compare import differences
from faults.life import PATIENCE, Life
from faults.outcome import Outcome
from faults.paced import PacedInput
from faults.schedule import Kill, Schedule
from faults.workload import Place, Workload
from system.job_process import COMPLETED, KILL_POINT, RESTORING, JobError, JobProcess, settings
from system.realtime_sessions.lives import s3_options

MARKS = "PENSTOCK_TESTING_KILL_POINT_MARKS"


class Job(Protocol):
    """What the module of a job has: topics that it reads, their content, and the command of each of its lives."""

    TOPICS: Sequence[str]

    def workload(self, topics: list[str], out: str, partitions: int, rng: random.Random, /) -> Workload:
        """The input, and the output that follows from it."""

    def command(self, plan: Schedule, life: int, place: Place, /) -> tuple[Path, list[str]]:
        """A script and its arguments."""


KINDS: Mapping[str, Job] = {
    "sessions": sessions,
    "timers": timers,
    "join": join,
    "interval": interval,
    "asynchronous": asynchronous,
    "model": model,
    "windows": windows,
    "words": words,
}


class Run:
    """One schedule on the servers of a session, with its files in `folder`."""

    def __init__(self, plan: Schedule, services: Services, folder: Path) -> None:
        self._plan, self._services, self._folder = plan, services, folder
        folder.mkdir(parents=True)
        name = f"s{plan.seed}-{random.SystemRandom().randrange(16**6):06x}"
        self._job = KINDS[plan.job]
        topics, out = [f"{name}-{topic}" for topic in self._job.TOPICS], f"{name}-out"
        self._workload = self._job.workload(topics, out, plan.partitions, random.Random(plan.seed))
        ends, checkpoints = self._workload.ends(), services.checkpoints(name)
        self._place = Place(services.broker.bootstrap, topics, out, ends, checkpoints, folder)
        self._completed = 0
        self._outcome = Outcome(plan, folder)

    def carry_out(self) -> Outcome:
        """All of it. What goes wrong is in the outcome's findings."""
        begun = time.monotonic()
        for topic, ends in self._place.ends.items():
            self._services.broker.create_topic(topic, len(ends))
        topics = list(self._place.ends)
        if self._plan.sink == "kafka":
            topics.append(self._services.broker.create_topic(self._place.out))
        try:
            with PacedInput(self._services.broker.bootstrap, self._workload.inputs) as paced:
                paced.allow(1 if self._plan.slow_us else 0)
                self._live(paced)
            self._outcome.findings += differences(self._workload, self._outputs())
        except JobError as error:
            self._outcome.findings.append(str(error))
        self._services.forget(topics)
        self._outcome.seconds = time.monotonic() - begun
        return self._outcome

    def _live(self, paced: PacedInput) -> None:
        left = list(self._plan.kills)
        number = len(left)
        while True:
            mine: list[Kill] = []
            while left and (not mine or mine[-1].slot is not None):
                mine.append(left.pop(0))
            ends_by_kill = bool(mine) and mine[-1].slot is None
            with self._begin(mine) as job:
                Life(job, paced, self._marks(), self._outcome).go_through(mine, number)
                if not ends_by_kill:
                    paced.allow(1)
                if not ends_by_kill or job.ended():
                    status = job.wait(PATIENCE)
                    if status != 0 and (status != -signal.SIGKILL or not ends_by_kill):
                        raise JobError(f"life {self._outcome.lives} ended with {status}:\n{job.last_words()}")
                    finished = status == 0
                else:
                    job.kill()
                    finished = False
                self._check(job)
                # With that line its checkpoints begin to go: there is nothing to go on from.
                if finished or job.matches("reached terminal state FINISHED"):
                    return

    def _begin(self, mine: list[Kill]) -> JobProcess:
        life = self._outcome.lives
        self._outcome.lives += 1
        self._marks().mkdir()
        armed = ",".join(self._armed(kill) for kill in mine)
        environment = {MARKS: str(self._marks()), KILL_POINT: armed}
        log = self._folder / f"life-{self._outcome.lives}.log"
        script, arguments = self._job.command(self._plan, life, self._place)
        return JobProcess(script, log, self._options(life), arguments, environment)

    @staticmethod
    def _armed(kill: Kill) -> str:
        if kill.point is None:
            return ""
        return f"{kill.point}:{kill.nth}" + (":alone" if kill.slot is not None else "")

    def _marks(self) -> Path:
        return self._folder / f"marks-{self._outcome.lives}"

    def _options(self, life: int) -> list[str]:
        plan = self._plan
        values = {
            "execution.checkpointing.interval": f"{plan.interval_ms} ms",
            "execution.checkpointing.dir": self._place.checkpoints,
            "execution.checkpointing.incremental": "true",
            "execution.checkpointing.unaligned.enabled": str(plan.unaligned).lower(),
            "execution.checkpointing.data-inline-threshold": f"{plan.inline_bytes}b",
            "state.backend.type": plan.backend,
            "taskmanager.memory.managed.size": "32mb",
            "io.tmp.dirs": str(self._folder / "tmp"),
            "python.execution-mode": plan.mode,
            "python.state.object-cache.max-bytes": f"{plan.cache_bytes}b",
            "pipeline.auto-watermark-interval": "50 ms",
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "20",
            "restart-strategy.fixed-delay.delay": "10 ms",
        }
        if plan.sabotage is not None:
            values["penstock.testing.sabotage"] = plan.sabotage
        parallelism = str(plan.parallelism_of(life))
        return ["-s", "latest", "-p", parallelism, *settings(values), *s3_options(self._services.s3)]

    def _check(self, job: JobProcess) -> None:
        """A life that is over went on from the newest checkpoint there was."""
        restored = [int(found[1]) for found in job.matches(RESTORING)]
        completed = [int(found[1]) for found in job.matches(COMPLETED)]
        self._outcome.restored += len(restored)
        self._outcome.checkpoints += len(completed)
        told = f"life {self._outcome.lives}"
        if self._completed and (restored or completed):
            first = restored[0] if restored else None
            if first is None or first < self._completed:
                self._outcome.findings.append(
                    f"{told} went on from checkpoint {first}, and {self._completed} was complete"
                )
        self._completed = max([self._completed, *restored, *completed])
        for match in job.matches(r"panicked at|internal error"):
            self._outcome.findings.append(f"{told}: {match.string}")

    def _outputs(self) -> dict[str, list[str]]:
        if self._plan.sink == "kafka":
            out = self._place.out
            if hidden := self._services.until_visible(out):
                self._outcome.findings.append(f"{hidden} records of the output are behind an open transaction")
            return {out: [self._workload.canonical(line) for line in self._services.read(out)]}
        return {name: _finished_lines(self._folder / "out" / name) for name in self._workload.expected}

    def forget(self) -> None:
        """Remove the files of a run in which nothing was found."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _finished_lines(folder: Path) -> list[str]:
    """What is in the files that readers look at: not in those that are hidden by a dot."""
    parts = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
