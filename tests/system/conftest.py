"""What the whole-system tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import KafkaBroker
from services.missing import end_for_lack_of


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of the test's own: it is killed, or the names in it are those of a published script."""
    if (reason := KafkaBroker.lacking()) is not None:
        end_for_lack_of(reason)
    # It is not to think that it is dead, and forget transactions, when the machine has no time for it.
    broker = KafkaBroker(tmp_path / "kafka", properties={"broker.session.timeout.ms": "10000"})
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def seed() -> int:
    """What a test's random choices follow from: PENSTOCK_SEED repeats a run."""
    return int(os.environ.get("PENSTOCK_SEED", "20261121"))
