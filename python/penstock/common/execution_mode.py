"""How the DataSet API exchanged data (Flink 1.x)."""

from __future__ import annotations

from enum import Enum


class ExecutionMode(Enum):
    """How the DataSet API exchanged data. Accepted; it changes nothing for streams."""

    PIPELINED = 0
    PIPELINED_FORCED = 1
    BATCH = 2
    BATCH_FORCED = 3
