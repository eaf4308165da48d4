"""Streams that Penstock does not have yet: making one raises NotInPenstockError."""

from __future__ import annotations

from typing import Any

from penstock.util.exceptions import NotInPenstockError


class WindowedStream:
    """A keyed stream cut into windows: not in Penstock yet."""

    def __init__(self, keyed_stream: Any, window_assigner: Any) -> None:
        raise NotInPenstockError("WindowedStream")


class AllWindowedStream:
    """A stream without keys cut into windows: not in Penstock yet."""

    def __init__(self, data_stream: Any, window_assigner: Any) -> None:
        raise NotInPenstockError("AllWindowedStream")
