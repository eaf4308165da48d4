"""Streaming or batch."""

from __future__ import annotations

from enum import Enum


class RuntimeExecutionMode(Enum):
    """How a job runs.

    STREAMING emits as records come. BATCH, for sources that end, emits final results only. AUTOMATIC is BATCH if all
    sources end.
    """

    STREAMING = 0
    BATCH = 1
    AUTOMATIC = 2
