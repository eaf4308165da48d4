"""The check of `test_exactly_once` can fail: one life of three leaves out what exactly-once rests on."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from services import KafkaBroker, S3Server
from system.realtime_sessions.events import NotExactlyOnce, check, make_events
from system.realtime_sessions.lives import Death, Lives, committed_output, s3_options
from system.realtime_sessions.producer import PacedProducer
from system.realtime_sessions.script import IN

EVENTS, USERS = 12_000, 100
PER_SECOND = 1_000


@pytest.mark.parametrize(("sabotage", "finding"), [("skip-commit", "lost"), ("skip-restore", "doubled")])
def test_it_is_noticed(
    sabotage: str, finding: str, broker: KafkaBroker, s3: S3Server, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    events = make_events(EVENTS, USERS, rng)
    lives = Lives(tmp_path, broker, f"s3://{s3.bucket(sabotage)}/checkpoints", s3_options(s3))
    with PacedProducer(broker.bootstrap, IN, events, PER_SECOND) as producer:
        producer.allow(EVENTS)
        lives.live(Death(seconds=rng.random()))
        # Two checkpoints: what the last one prepared is committed by the next life.
        lives.live(Death(checkpoints=2, options=("-D", f"penstock.testing.sabotage={sabotage}")))
        with lives.begin() as last:
            producer.finish(60)
            lives.until_all_are_in_a_checkpoint(last, EVENTS)
            last.stop(signal.SIGTERM, within=2)

    with pytest.raises(NotExactlyOnce, match=finding):
        check(events, committed_output(broker))
