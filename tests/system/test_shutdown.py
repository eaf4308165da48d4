"""SIGTERM and Ctrl-C: the process is gone within two seconds, and the next one goes on as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services import KafkaBroker
from system.job_process import JobProcess
from system.realtime_sessions.events import check, make_events
from system.realtime_sessions.lives import (
    Lives,
    committed_output,
    hidden_behind_open_transactions,
    until_committed,
    wait_for_checkpoints,
    wait_for_trigger,
)
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN, OUT

SECONDS = 2.0
EVENTS, USERS, PER_SECOND = 10_000, 100, 500


@contextmanager
def going_on_exactly(broker: KafkaBroker, folder: Path, seed: int, interval: int = 2) -> Iterator[Lives]:
    """Lives that are ended in the body; one more takes the input to its end, and the output has to be exact."""
    events = make_events(EVENTS, USERS, random.Random(seed))
    lives = Lives(folder, broker, (folder / "checkpoints").as_uri(), interval=interval)
    with PacedProducer(broker.bootstrap, IN, events, PER_SECOND) as producer:
        producer.allow(EVENTS)
        yield lives
        with lives.begin() as last:
            producer.finish(60)
            lives.until_all_are_in_a_checkpoint(last, EVENTS)
            last.stop(signal.SIGTERM, SECONDS)
            lives.note(last)
    lives.check_restored()
    check(events, committed_output(broker))
    assert hidden_behind_open_transactions(broker) == 0


def leave(lives: Lives, job: JobProcess, number: signal.Signals) -> None:
    """Send the signal: the process has to be gone in time, with the status a shell expects."""
    status, _seconds = job.stop(number, SECONDS)
    assert status == 128 + number, job.last_words()
    lives.note(job)


def test_a_signal_in_the_middle_of_a_checkpoint(broker: KafkaBroker, tmp_path: Path, seed: int) -> None:
    with going_on_exactly(broker, tmp_path, seed) as lives:
        for number in (signal.SIGTERM, signal.SIGINT):
            with lives.begin() as job:
                wait_for_trigger(job)
                leave(lives, job, number)


def test_a_signal_while_the_broker_is_dead(broker: KafkaBroker, tmp_path: Path, seed: int) -> None:
    with going_on_exactly(broker, tmp_path, seed, interval=4) as lives:
        with lives.begin() as job:
            wait_for_checkpoints(job, 1)
            # A broker that stands alone and dies in the middle of a commit never finishes it in the partitions ("likely
            # deleted already", its log says), so it dies when the commits are over and the next is seconds away.
            broker.consume(OUT, at_least=until_committed(broker, 1, timeout=30))
            broker.kill()
            leave(lives, job, signal.SIGTERM)
        broker.start()


def test_a_signal_while_the_broker_does_not_answer(broker: KafkaBroker, tmp_path: Path, seed: int) -> None:
    with going_on_exactly(broker, tmp_path, seed) as lives, lives.begin() as job:
        wait_for_trigger(job)
        pid = int((broker.log.parent / "pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            leave(lives, job, signal.SIGINT)
        finally:
            os.kill(pid, signal.SIGCONT)
