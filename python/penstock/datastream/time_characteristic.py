"""What kind of time a job goes by (Flink 1.x; today the watermark strategy says it)."""

from __future__ import annotations

from enum import Enum


class TimeCharacteristic(Enum):
    """What kind of time a job goes by. Accepted; the watermark strategy decides."""

    ProcessingTime = 0
    IngestionTime = 1
    EventTime = 2
