"""SIGTERM and Ctrl-C: the process is gone within two seconds, and the next one goes on as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services import KafkaBroker
from system.job_process import JobProcess
from system.realtime_sessions.events import check, make_events
from system.realtime_sessions.lives import (
    Lives,
    committed_output,
    hidden_behind_open_transactions,
    wait_for_trigger,
)
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN

SECONDS = 2.0
EVENTS, USERS, PER_SECOND = 10_000, 100, 500


@contextmanager
def going_on_exactly(broker: KafkaBroker, folder: Path, seed: int) -> Iterator[Lives]:
    """Lives that are ended in the body; one more takes the input to its end, and the output has to be exact."""
    events = make_events(EVENTS, USERS, random.Random(seed))
    lives = Lives(folder, broker, (folder / "checkpoints").as_uri())
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


def freeze(broker: KafkaBroker) -> None:
    """It keeps its connections and answers nothing any more."""
    os.kill(pid(broker), signal.SIGSTOP)


def thaw(broker: KafkaBroker) -> None:
    os.kill(pid(broker), signal.SIGCONT)


def pid(broker: KafkaBroker) -> int:
    return int((broker.log.parent / "pid").read_text().split()[0])


@pytest.mark.parametrize(
    ("number", "leaves", "returns"),
    [(signal.SIGTERM, KafkaBroker.kill, KafkaBroker.start), (signal.SIGINT, freeze, thaw)],
    ids=["killed", "frozen"],
)
def test_a_signal_while_the_broker_is_away(
    number: signal.Signals,
    leaves: Callable[[KafkaBroker], None],
    returns: Callable[[KafkaBroker], None],
    broker: KafkaBroker,
    tmp_path: Path,
    seed: int,
) -> None:
    with going_on_exactly(broker, tmp_path, seed) as lives:
        with lives.begin() as job:
            wait_for_trigger(job)
            leaves(broker)
            leave(lives, job, number)
        returns(broker)
