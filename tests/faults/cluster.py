"""The broker and the S3 server that all runs of a session share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services import KafkaBroker, S3Server

BUCKET = "faults"


@dataclass(frozen=True)
class Services:
    """Topics and folders are named after the run, so that runs do not meet."""

    broker: KafkaBroker
    s3: S3Server

    def checkpoints(self, run: str) -> str:
        """A checkpoint directory."""
        return f"s3://{BUCKET}/{run}"

    def until_visible(self, topic: str, timeout: float = 15) -> int:
        """Wait for the markers of committed transactions; how many records are still behind an open one."""
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        deadline = time.monotonic() + timeout
        while (hidden := _hidden(admin, topic)) > 0 and time.monotonic() < deadline:
            pass  # the question takes its time
        return hidden

    def read(self, topic: str) -> list[str]:
        """All records of a topic that a reader with read_committed sees, in their order."""
        return [(record.value or b"").decode() for record in self.broker.consume(topic)]

    def forget(self, topics: list[str]) -> None:
        """Delete topics: a session has many."""
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        for deleted in admin.delete_topics(topics).values():
            deleted.result(60)


def _hidden(admin: AdminClient, topic: str) -> int:
    partitions = admin.list_topics(topic).topics[topic].partitions
    ends = []
    for isolation in (IsolationLevel.READ_UNCOMMITTED, IsolationLevel.READ_COMMITTED):
        wanted = {TopicPartition(topic, number): OffsetSpec.latest() for number in partitions}
        answers = admin.list_offsets(wanted, isolation_level=isolation).values()
        ends.append(sum(answer.result(30).offset for answer in answers))
    return ends[0] - ends[1]


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Both servers, for as long as the context lasts. Raises RuntimeError if this machine lacks something."""
    for service in (KafkaBroker, S3Server):
        if (reason := service.lacking()) is not None:
            raise RuntimeError(reason)
    # Timestamps in the data are old: nothing may be deleted for its age.
    broker = KafkaBroker(folder / "kafka", properties={"broker.session.timeout.ms": "10000", "log.retention.ms": "-1"})
    broker.start()
    try:
        with S3Server(folder / "s3") as s3:
            # Here, because runs begin at the same time and the server makes no bucket twice at once.
            s3.bucket(BUCKET)
            yield Services(broker, s3)
    finally:
        broker.kill()
