"""One job for long: the realtime-sessions job under steady input, killed at random, sampled all the while.

In the first third the whole job is killed, later only slot processes are, so that what the job's process and its disks
hold can be compared between the beginning and the end of a long life.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from faults.cluster import BUCKET, Services
from faults.life import children
from system.job_process import COMPLETED, JobProcess, settings
from system.realtime_sessions.events import NotExactlyOnce, check, make_events
from system.realtime_sessions.lives import Lives, committed_output, s3_options, wait_for_checkpoints
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN

KILLS, USERS, PER_SECOND = 20, 2_000, 400
SAMPLED_EVERY = 2.0
OPTIONS = {
    "taskmanager.memory.managed.size": "64mb",
    "execution.checkpointing.incremental": "true",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000",
    "restart-strategy.fixed-delay.delay": "100 ms",
}


@dataclass(frozen=True)
class Sample:
    """What the job holds at a moment: megabytes, descriptors, files."""

    second: float
    job_mb: float
    slots_mb: float
    job_fds: float
    slots_fds: float
    checkpoint_files: float
    tmp_files: float

    @staticmethod
    def heading() -> str:
        return "second  job MB  slots MB  job fds  slots fds  checkpoint files  tmp files"

    def line(self) -> str:
        return (
            f"{self.second:6.0f}  {self.job_mb:6.0f}  {self.slots_mb:8.0f}  {self.job_fds:7.0f}  {self.slots_fds:9.0f}"
            f"  {self.checkpoint_files:16.0f}  {self.tmp_files:9.0f}"
        )


LIMITS = {
    "job_mb": (1.15, 16),
    "slots_mb": (1.15, 32),
    "job_fds": (1.0, 8),
    "slots_fds": (1.0, 24),
    "checkpoint_files": (1.5, 20),
    "tmp_files": (1.5, 40),
}
"""How much larger the end may be than the beginning: by a factor, and beside that by a number."""


def soak(minutes: float, seed: int, services: Services, folder: Path) -> bool:
    """Run it, print the figures; whether every event was counted once and nothing has grown."""
    print(f"{minutes:g} minutes, {KILLS} kills, {PER_SECOND} events a second; PENSTOCK_SEED={seed} repeats this")
    rng = random.Random(seed)
    tmp = folder / "tmp"
    options = [*settings({**OPTIONS, "io.tmp.dirs": str(tmp)}), *s3_options(services.s3)]
    lives = Lives(folder, services.broker, services.checkpoints("soak"), options, interval=1)
    events = make_events(round(minutes * 60 * PER_SECOND), USERS, rng)
    watch = Watch(services, tmp, minutes * 60)
    with PacedProducer(services.broker.bootstrap, IN, events, PER_SECOND) as producer:
        producer.allow(len(events))
        with watch.through(lives, rng) as last:
            producer.finish(120)
            lives.until_all_are_in_a_checkpoint(last, len(events))
            last.stop(signal.SIGTERM, within=5)
    print(
        f"{len(lives.restored) + 1} lives of the job, {watch.slots_killed} slot processes killed, {len(events)} events"
    )
    print(watch.figures())
    found = drift(watch.steady())
    try:
        check(events, committed_output(services.broker))
    except NotExactlyOnce as error:
        found.append(str(error))
    print("\n".join(found) if found else "no drift, every event counted once")
    return not found


class Watch:
    """Samples the job and kills what the seed says."""

    def __init__(self, services: Services, tmp: Path, seconds: float) -> None:
        self._services, self._tmp, self._seconds = services, tmp, seconds
        self._begun = time.monotonic()
        self._samples: list[Sample] = []
        self._steady_from = 0.0
        self.slots_killed = 0

    def through(self, lives: Lives, rng: random.Random) -> JobProcess:
        """Kill and sample until the time is over; the life that is left."""
        whole = sorted(rng.uniform(0.02, 0.33) * self._seconds for _ in range(KILLS // 2))
        slots = sorted(rng.uniform(0.4, 0.8) * self._seconds for _ in range(KILLS - len(whole)))
        print(Sample.heading())
        job = lives.begin()
        for moment in whole:
            self._sample_until(job, moment)
            # A life without a checkpoint would leave nothing to go on from.
            wait_for_checkpoints(job, 1)
            job.kill()
            lives.note(job)
            job = lives.begin()
        wait_for_checkpoints(job, 3)
        self._steady_from = self._now()
        for moment in slots:
            self._sample_until(job, moment)
            wait_for_checkpoints(job, 1, after=job.last_line)
            victim = rng.choice(sorted(children(job.pid)))
            os.kill(victim, signal.SIGKILL)
            self.slots_killed += 1
        self._sample_until(job, self._seconds)
        return job

    def steady(self) -> list[Sample]:
        """The samples of the last life."""
        return [sample for sample in self._samples if sample.second >= self._steady_from]

    def figures(self) -> str:
        """What varied how much in the last life."""
        lines = ["in the last life:"]
        for name in LIMITS:
            values = [getattr(sample, name) for sample in self.steady()]
            first, last = ends(values)
            told = f"{first:.0f} to {last:.0f}, between {min(values):.0f} and {max(values):.0f}"
            lines.append(f"  {name.replace('_', ' '):<16} {told}")
        return "\n".join(lines)

    def _now(self) -> float:
        return time.monotonic() - self._begun

    def _sample_until(self, job: JobProcess, moment: float) -> None:
        while (left := moment - self._now()) > 0:
            time.sleep(min(SAMPLED_EVERY, left))  # samples are of moments; nothing is waited for
            self._sample(job)

    def _sample(self, job: JobProcess) -> None:
        processes = children(job.pid)
        root = self._services.s3.files(BUCKET) / "soak"
        sample = Sample(
            self._now(),
            resident_mb(job.pid),
            sum(map(resident_mb, processes)),
            descriptors(job.pid),
            sum(map(descriptors, processes)),
            files(root),
            files(self._tmp),
        )
        if not self._samples or sample.second // 30 > self._samples[-1].second // 30:
            print(f"{sample.line()}  {len(job.matches(COMPLETED))} checkpoints", flush=True)
        self._samples.append(sample)


def drift(samples: Sequence[Sample]) -> list[str]:
    """What is larger at the end of a life than before, beyond what varies.

    >>> drift([Sample(0, 100, 300, 50, 90, 30, 20)] * 20)
    []
    >>> drift([Sample(0, 100, 300, n, 90, 30, 20) for n in range(50, 90)])
    ['job_fds: from 64 to 84']
    """
    found = []
    for name, (factor, more) in LIMITS.items():
        values = [getattr(sample, name) for sample in samples]
        first, last = ends(values)
        if last > first * factor + more:
            found.append(f"{name}: from {first:.0f} to {last:.0f}")
    return found


def ends(values: Sequence[float]) -> tuple[float, float]:
    """The medians of the second quarter and of the last: in the first one caches and levels of RocksDB fill up."""
    part = max(len(values) // 4, 1)
    return median(values[part : 2 * part] or values), median(values[-part:])


def resident_mb(pid: int) -> float:
    """Resident memory of a process; 0 if it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    lines = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def descriptors(pid: int) -> int:
    """Open descriptors of a process; 0 if it is gone."""
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return 0


def files(folder: Path) -> int:
    """Files below a folder, some of which may go while they are counted."""
    return sum(len(names) for _, _, names in os.walk(folder))
