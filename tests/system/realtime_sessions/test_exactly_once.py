"""The published script keeps its promise: killed again and again, each event is counted and written exactly once."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from services import KafkaBroker, S3Server
from system.realtime_sessions.events import check, make_events
from system.realtime_sessions.lives import (
    Death,
    Lives,
    committed_output,
    hidden_behind_open_transactions,
    s3_options,
)
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN, origin

EVENTS, USERS = 100_000, 1_000
PER_SECOND = 1_500
CRASHES = 5
WRITERS = 4
COMMIT_POINTS = ("kafka-before-commit", "kafka-between-commits", "kafka-after-commit")


def deaths(rng: random.Random) -> list[Death]:
    """Crashes at any moment, one at each point between a barrier and the last commit, and one while recovering."""
    points = [
        "checkpoint-before-metadata:2",
        "checkpoint-after-metadata",
        "checkpoint-after-notify",
        # Writers pass these at every checkpoint; the first one of a life is to be complete.
        *(f"{point}:{WRITERS + rng.randint(1, WRITERS)}" for point in ("kafka-before-prepare", "kafka-after-prepare")),
        # Also passed, once by each writer, where a life commits what the one before it left.
        *(f"{point}:{WRITERS + rng.randint(1, WRITERS)}" for point in COMMIT_POINTS),
    ]
    chosen = [Death(kill_point=point) for point in points]
    chosen += [Death(seconds=rng.uniform(0, 2)) for _ in range(CRASHES)]
    rng.shuffle(chosen)
    recovering = Death(kill_point=f"{rng.choice(COMMIT_POINTS)}:{rng.randint(1, WRITERS - 1)}", newborn=True)
    return [*chosen[:4], recovering, *chosen[4:]]


@pytest.mark.timeout(600)
def test_every_event_is_counted_once(broker: KafkaBroker, s3: S3Server, tmp_path: Path, seed: int) -> None:
    print(f"the script is {origin()}; PENSTOCK_SEED={seed} repeats this run")
    rng = random.Random(seed)
    events = make_events(EVENTS, USERS, rng)
    lives = Lives(tmp_path, broker, f"s3://{s3.bucket('exactly-once')}/checkpoints", s3_options(s3))
    plan = deaths(rng)
    with PacedProducer(broker.bootstrap, IN, events, PER_SECOND) as producer:
        for death in plan:
            producer.allow(EVENTS // (len(plan) + 1))
            lives.live(death)
            print(f"died of {death}; {lives}")
        with lives.begin() as last:
            producer.finish(60)
            lives.until_all_are_in_a_checkpoint(last, EVENTS)
            status, _seconds = last.stop(signal.SIGTERM, within=2)
            lives.note(last)
    assert status == 128 + signal.SIGTERM
    lives.check_restored()
    check(events, committed_output(broker))
    assert hidden_behind_open_transactions(broker) == 0
