"""Streams whose records are kept for later jobs of the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from penstock.datastream.data_stream.stream import DataStream
from penstock.util.exceptions import StreamCallError

if TYPE_CHECKING:
    from penstock._build.outputs import Outputs
    from penstock.datastream.slot_sharing_group import SlotSharingGroup


class CachedDataStream(DataStream):
    """A stream whose records are kept when the first job that reads it has finished, for later jobs of the script.

        words = env.from_source(source, WatermarkStrategy.no_watermarks(), "words").map(clean).cache()
        words.map(len).print()
        env.execute()               # reads the source, and keeps what `clean` has returned
        words.key_by(str).print()
        env.execute()               # begins with what was kept

    The records lie in temporary files. The operator that they come from has to be set up before `cache()`.
    """

    def __init__(self, j_data_stream: Outputs) -> None:
        super().__init__(j_data_stream)

    def invalidate(self) -> None:
        """Give the records up. The next job that reads the stream computes them again, and keeps them."""
        for upstream in self._outputs.upstreams:
            if upstream.cache is not None:
                upstream.cache.invalidate()

    def set_parallelism(self, parallelism: int) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("set_parallelism")

    def name(self, name: str) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("name")

    def get_name(self) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("get_name")

    def uid(self, uid: str) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("uid")

    def set_uid_hash(self, uid_hash: str) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("set_uid_hash")

    def set_max_parallelism(self, max_parallelism: int) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("set_max_parallelism")

    def force_non_parallel(self) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("force_non_parallel")

    def set_buffer_timeout(self, timeout_millis: int) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("set_buffer_timeout")

    def start_new_chain(self) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("start_new_chain")

    def disable_chaining(self) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("disable_chaining")

    def slot_sharing_group(self, slot_sharing_group: str | SlotSharingGroup) -> NoReturn:
        """Not for a cached stream: call it before cache()."""
        self._operator("slot_sharing_group")

    def _operator(self, setting: str) -> NoReturn:
        raise StreamCallError(f"{setting} is not for a cached stream: call it before cache()")
