"""Runs the job life after life, each killed in its own way, and brings the last one to the end of the input."""

from __future__ import annotations

import operator
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services import KafkaBroker, S3Server
from system.job_process import COMPLETED, KILL_POINT, RESTORING, TRIGGERING, JobProcess, settings
from system.realtime_sessions.script import GROUP, IN, OUT, write_script

PARTITIONS = 4
FIRST_CHECKPOINT = 60.0


@dataclass(frozen=True)
class Death:
    """How a life ends: `seconds` after so many completed checkpoints, or at a kill point.

    With `newborn` it dies before a checkpoint of its own is complete.
    """

    seconds: float = 0.0
    checkpoints: int = 1
    kill_point: str | None = None
    newborn: bool = False
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.kill_point or f"{self.seconds:.2f} s after {self.checkpoints} checkpoints"


@dataclass
class Lives:
    """The lives of one job on one broker; what the script calls s3://… is at `checkpoints`."""

    folder: Path
    broker: KafkaBroker
    checkpoints: str
    options: Sequence[str] = ()
    interval: int = 2
    restored: list[int | None] = field(default_factory=list)
    completed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.script = write_script(self.folder, self.broker.bootstrap, self.checkpoints, self.interval)
        for topic in (IN, OUT):
            # The events are older than a broker keeps records by default.
            self.broker.create_topic(topic, PARTITIONS, config={"retention.ms": "-1"})

    def begin(self, *options: str, kill_point: str | None = None) -> JobProcess:
        """Start the next life from the newest checkpoint there is."""
        log = self.folder / f"life-{len(self.restored) + 1}.log"
        environment = {KILL_POINT: kill_point} if kill_point else {}
        return JobProcess(self.script, log, ["-s", "latest", *self.options, *options], environment=environment)

    def live(self, death: Death) -> None:
        """One life that ends by SIGKILL."""
        with self.begin(*death.options, kill_point=death.kill_point) as job:
            if death.kill_point is not None:
                status = job.wait(FIRST_CHECKPOINT)
                assert status == -9, f"ended with {status} instead of at {death}:\n{job.last_words()}"
            else:
                wait_for_checkpoints(job, death.checkpoints)
                time.sleep(death.seconds)  # the moment of a crash is nobody's choice
                job.kill()
            self.note(job, newborn=death.newborn)

    def note(self, job: JobProcess, *, newborn: bool = False) -> None:
        """Remember what a life that is over has restored and completed."""
        restored = [int(found[1]) for found in job.matches(RESTORING)]
        completed = [int(found[1]) for found in job.matches(COMPLETED)]
        assert completed or newborn, f"no checkpoint was completed in this life:\n{job.last_words()}"
        self.restored.append(restored[0] if restored else None)
        self.completed.append(max([*restored, *completed, *self.completed[-1:]], default=0))

    def until_all_are_in_a_checkpoint(self, job: JobProcess, total: int, timeout: float = 120) -> None:
        """Return when a completed checkpoint contains all `total` events, and what belongs to it was committed."""
        until_committed(self.broker, total, timeout)
        # A task hears that a checkpoint is complete, and commits, before it takes part in the next.
        wait_for_checkpoints(job, 1, after=job.last_line)

    def __str__(self) -> str:
        return f"restored {self.restored}, completed {self.completed}"

    def check_restored(self) -> None:
        """Each life went on from the newest checkpoint there was, and so from a newer one than the life before."""
        assert self.restored[0] is None, self
        for life in range(1, len(self.restored)):
            before, newest, this = self.restored[life - 1] or 0, self.completed[life - 1], self.restored[life]
            # A checkpoint that was complete when the kill came may not have been in the log yet.
            assert this is not None and this >= newest and (this > before or newest == before), self


def wait_for_checkpoints(job: JobProcess, count: int, *, after: int = -1) -> int:
    """Return when so many checkpoints were completed after that line; the line of the last one."""
    for _ in range(count):
        after = job.wait_for(COMPLETED, FIRST_CHECKPOINT, after=after)
    return after


def wait_for_trigger(job: JobProcess) -> None:
    """Return when a checkpoint begins that is not the first of this life."""
    completed = wait_for_checkpoints(job, 1)
    job.wait_for(TRIGGERING, FIRST_CHECKPOINT, after=completed)


def until_committed(broker: KafkaBroker, total: int, timeout: float) -> int:
    """Return when the group's offsets, which follow completed checkpoints, say that so many events were read."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": GROUP, "enable.auto.commit": False})
    partitions = [TopicPartition(IN, number) for number in range(PARTITIONS)]
    deadline, committed = time.monotonic() + timeout, 0
    try:
        while committed < total:
            assert time.monotonic() < deadline, f"{committed} of {total} events are in a checkpoint after {timeout} s"
            committed = sum(max(at.offset, 0) for at in consumer.committed(partitions, timeout=30))
            consumer.poll(0.1)
        return committed
    finally:
        consumer.close()


def committed_output(broker: KafkaBroker) -> list[bytes]:
    """What a reader with read_committed sees: everything before the first open transaction."""
    return [record.value or b"" for record in broker.consume(OUT)]


def until_output_is_visible(broker: KafkaBroker, job: JobProcess, timeout: float = 60) -> None:
    """Return when a reader with read_committed can see what the output has now.

    The transactions of a checkpoint are over then, and those of the next have just begun.
    """
    admin, deadline = AdminClient({"bootstrap.servers": broker.bootstrap}), time.monotonic() + timeout
    written = _ends(admin, IsolationLevel.READ_UNCOMMITTED)
    job.wait_for(COMPLETED, after=job.wait_for(TRIGGERING, after=job.last_line))
    while any(map(operator.lt, _ends(admin, IsolationLevel.READ_COMMITTED), written)):
        assert time.monotonic() < deadline, f"output is not committed after {timeout} s:\n{job.last_words()}"


def hidden_behind_open_transactions(broker: KafkaBroker) -> int:
    """How many records of the output a reader with read_committed does not get to see yet."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    written, visible = _ends(admin, IsolationLevel.READ_UNCOMMITTED), _ends(admin, IsolationLevel.READ_COMMITTED)
    return sum(written) - sum(visible)


def _ends(admin: AdminClient, isolation: IsolationLevel) -> list[int]:
    """Where each partition of the output ends for readers with this isolation."""
    wanted = {TopicPartition(OUT, number): OffsetSpec.latest() for number in range(PARTITIONS)}
    answers = admin.list_offsets(wanted, isolation_level=isolation).values()
    return [answer.result(30).offset for answer in answers]


def s3_options(s3: S3Server) -> list[str]:
    """How the job reaches the S3 server."""
    values = {
        "s3.endpoint": s3.endpoint,
        "s3.access-key": s3.access_key,
        "s3.secret-key": s3.secret_key,
        "s3.path.style.access": "true",
    }
    return settings(values)
