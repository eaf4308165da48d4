"""The messages that go in all the time, and the lengths that a consumer of committed records sees come out.

No two messages have the same length, so a length says which message it is of.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

PARTITIONS = 3
_PER_SECOND = 50
_SENTENCE = "what goes in has to come out once and only once whatever is edited or deleted "

# What each version of the script writes for a message.
VERSIONS = {
    1: re.compile(r"(\d+)"),
    2: re.compile(r"(\d+) characters"),
    3: re.compile(r"(\d+) characters, \d+ words"),
}


def message(number: int) -> str:
    """The message with this number, counted from 1: as many characters."""
    return (_SENTENCE * (number // len(_SENTENCE) + 1))[:number]


class Output(NamedTuple):
    """A record of the sink topic: which script has written it about which message, and when it was seen."""

    partition: int
    offset: int
    version: int
    number: int
    seen: float


class Traffic:
    """Writes messages and reads lengths, each on a thread of its own, from `start` to `stop`."""

    def __init__(self, bootstrap: str, topic_in: str, topic_out: str) -> None:
        self._bootstrap, self._in, self._out = bootstrap, topic_in, topic_out
        self._changed = threading.Condition()
        self._outputs: list[Output] = []
        self._failure: BaseException | None = None
        self._sent = 0
        self._written = threading.Event()
        self._read = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=work.__name__, daemon=True)
            for work in (self._write_all, self._read_all)
        ]

    def start(self) -> None:
        """Begin to write and to read."""
        for thread in self._threads:
            thread.start()

    def stop_writing(self) -> int:
        """Write no more; how many messages were written."""
        self._written.set()
        self._threads[0].join()
        return self.sent

    def stop(self) -> None:
        """End both threads."""
        self._written.set()
        self._read.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    @property
    def sent(self) -> int:
        """The number of the last message that the broker has."""
        with self._changed:
            return self._sent

    def outputs(self) -> list[Output]:
        """What was seen so far."""
        with self._changed:
            return list(self._outputs)

    def wait_until(self, reached: Callable[[Sequence[Output]], bool], what: str, timeout: float = 60) -> None:
        """Wait until the outputs are as wanted. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not reached(self._outputs):
                if self._failure is not None:
                    raise self._failure
                if not self._changed.wait(deadline - time.monotonic()):
                    versions = dict(Counter(output.version for output in self._outputs))
                    raise TimeoutError(f"waited {timeout:.0f} s until {what}; by version there are {versions}")

    def wait_for_new(self, version: int, timeout: float = 60) -> Output:
        """Wait for a message that has not been written yet to come out of this version; the first that did."""
        after = self.sent
        self.wait_until(
            lambda outputs: any(output.version == version and output.number > after for output in outputs[-2000:]),
            f"version {version} had written of a message after {after}",
            timeout,
        )
        return next(output for output in self.outputs() if output.version == version)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _write_all(self) -> None:
        # A broker that has just started gives no producer id yet; that is tried again, and nothing to be read about.
        quiet = {"log_level": 3}
        producer = Producer({"bootstrap.servers": self._bootstrap, "enable.idempotence": True, "linger.ms": 0, **quiet})
        failed: list[KafkaError] = []

        def delivered(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failed.append(error)
                return
            with self._changed:
                self._sent += 1

        number = 0
        while not self._written.wait(1 / _PER_SECOND):
            number += 1
            producer.produce(
                self._in, message(number), partition=partition_of(number), timestamp=number, on_delivery=delivered
            )
            producer.poll(0)
        if producer.flush(30) or failed:
            raise KafkaException(failed[0] if failed else KafkaError(KafkaError._TIMED_OUT))

    def _read_all(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": "demo",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
            }
        )
        consumer.assign([TopicPartition(self._out, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
        try:
            while not self._read.is_set():
                record = consumer.poll(0.1)
                if record is None:
                    continue
                if record.error() is not None:
                    raise KafkaException(record.error())
                version, number = parse((record.value() or b"").decode())
                output = Output(record.partition(), record.offset(), version, number, time.time())
                with self._changed:
                    self._outputs.append(output)
                    self._changed.notify_all()
        finally:
            consumer.close()


def partition_of(number: int) -> int:
    """The partition that a message goes to."""
    return number % PARTITIONS


def parse(text: str) -> tuple[int, int]:
    """Which version has written this, and about which message.

    >>> parse("12 characters")
    (2, 12)
    """
    for version, pattern in VERSIONS.items():
        if (found := pattern.fullmatch(text)) is not None:
            return version, int(found[1])
    raise ValueError(f"no version of the script writes {text!r}")


def problems(outputs: Sequence[Output], sent: int) -> list[str]:
    """What is wrong with the output: messages that are lost or doubled, and versions that are mixed.

    >>> problems([Output(0, 0, 1, 1, 0.0), Output(0, 1, 2, 1, 0.0)], 2)
    ['1 of 2 messages are lost, the first is 2', '1 messages came out more than once, the first is 1']
    """
    times = Counter(output.number for output in outputs)
    lost = [number for number in range(1, sent + 1) if number not in times]
    doubled = sorted(number for number, count in times.items() if count > 1)
    found = []
    if lost:
        found.append(f"{len(lost)} of {sent} messages are lost, the first is {lost[0]}")
    if doubled:
        found.append(f"{len(doubled)} messages came out more than once, the first is {doubled[0]}")
    if times and max(times) > sent:
        found.append(f"message {max(times)} was never sent")
    for partition in range(PARTITIONS):
        written = sorted((output for output in outputs if output.partition == partition), key=lambda o: o.offset)
        if _mixed([output.version for output in written]):
            found.append(f"in partition {partition} of the sink an old version comes after a newer one")
        read = sorted((o for o in outputs if partition_of(o.number) == partition), key=lambda o: o.number)
        if _mixed([output.version for output in read]):
            found.append(f"of partition {partition} of the source an old version has read after a newer one")
    return found


def _mixed(versions: Sequence[int]) -> bool:
    return any(later < earlier for earlier, later in pairwise(versions))
