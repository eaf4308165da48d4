"""The two kinds of time."""

from __future__ import annotations

from enum import Enum


class TimeDomain(Enum):
    """Whether a timer is of event time or of processing time."""

    EVENT_TIME = 0
    PROCESSING_TIME = 1
