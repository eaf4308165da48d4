"""What checkpoints promise."""

from __future__ import annotations

from enum import Enum


class CheckpointingMode(Enum):
    """What state sees of a record after a failure: it once, or it at least once."""

    EXACTLY_ONCE = 0
    AT_LEAST_ONCE = 1
