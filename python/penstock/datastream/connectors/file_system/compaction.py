"""Joining small part files.

strategy = FileCompactStrategy.builder().enable_compaction_on_checkpoint(10).set_size_threshold(128 << 20).build()
sink = FileSink.for_row_format("/data/out", Encoder.simple_string_encoder())
sink.enable_compact(strategy, FileCompactor.concat_file_compactor())
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.common.utils import JavaObjectWrapper


class FileCompactStrategy(JavaObjectWrapper):
    """When part files are joined. `j_file_compact_strategy` are the options."""

    def __init__(self, j_file_compact_strategy: dict[str, int]) -> None:
        super().__init__(j_file_compact_strategy)
        self._options = j_file_compact_strategy

    @staticmethod
    def builder() -> FileCompactStrategy.Builder:
        """Begin a strategy."""
        return FileCompactStrategy.Builder()

    class Builder:
        """Makes a FileCompactStrategy."""

        def __init__(self) -> None:
            self._options: dict[str, int] = {}

        def enable_compaction_on_checkpoint(
            self, num_checkpoints_before_compaction: int
        ) -> FileCompactStrategy.Builder:
            """After so many checkpoints. Raises ValueError below 1."""
            if num_checkpoints_before_compaction < 1:
                raise ValueError(
                    f"compaction takes place after 1 checkpoint or more, not {num_checkpoints_before_compaction}"
                )
            self._options["checkpoints"] = num_checkpoints_before_compaction
            return self

        def set_size_threshold(self, size_threshold: int) -> FileCompactStrategy.Builder:
            """When the parts of a folder have so many bytes together."""
            self._options["bytes"] = size_threshold
            return self

        def set_num_compact_threads(self, num_compact_threads: int) -> FileCompactStrategy.Builder:
            """Accepted: every subtask joins its own parts, before the checkpoint that shows them."""
            self._options["threads"] = num_compact_threads
            return self

        def build(self) -> FileCompactStrategy:
            """The strategy. Raises ValueError if it says neither when nor how large."""
            if not {"checkpoints", "bytes"} & set(self._options):
                raise ValueError("a FileCompactStrategy needs a number of checkpoints or a size")
            return FileCompactStrategy(dict(self._options))


class FileCompactor(JavaObjectWrapper):
    """How part files are joined. `j_file_compactor` is the engine's form."""

    def __init__(self, j_file_compactor: dict[str, Any]) -> None:
        super().__init__(j_file_compactor)
        self._options = j_file_compactor

    @staticmethod
    def concat_file_compactor(file_delimiter: bytes | None = None) -> FileCompactor:
        """One after another, with the delimiter in between."""
        return FileCompactor({"delimiter": list(file_delimiter or b"")})

    @staticmethod
    def identical_file_compactor() -> FileCompactor:
        """Not at all: parts become visible as they are, together."""
        return FileCompactor({"identical": True})


def compaction(
    strategy: FileCompactStrategy, compactor: FileCompactor, format: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The engine's form of both. Raises ValueError for files of a format that cannot be joined."""
    if not isinstance(strategy, FileCompactStrategy) or not isinstance(compactor, FileCompactor):
        raise TypeError(
            f"enable_compact takes a FileCompactStrategy and a FileCompactor, not {strategy!r}, {compactor!r}"
        )
    joins = not compactor._options.get("identical")
    if joins and format is not None and (format["format"] != "lines" or "head" in format):
        described = "CSV with a header" if format["format"] == "lines" else format["format"].capitalize()
        raise ValueError(
            f"files of {described} that are joined are no such file any more: FileCompactor.identical_file_compactor()"
        )
    return {**strategy._options, **compactor._options}
