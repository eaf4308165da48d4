"""Joining small part files: not in Penstock yet. What would describe it can be made, and FileSink refuses it."""

from __future__ import annotations

from typing import Any

from penstock.common.utils import JavaObjectWrapper


class FileCompactStrategy(JavaObjectWrapper):
    """When part files are joined. `j_file_compact_strategy` are the options."""

    def __init__(self, j_file_compact_strategy: dict[str, int]) -> None:
        super().__init__(j_file_compact_strategy)

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
            """After so many checkpoints."""
            self._options["checkpoints"] = num_checkpoints_before_compaction
            return self

        def set_size_threshold(self, size_threshold: int) -> FileCompactStrategy.Builder:
            """When there are so many bytes."""
            self._options["bytes"] = size_threshold
            return self

        def set_num_compact_threads(self, num_compact_threads: int) -> FileCompactStrategy.Builder:
            """With so many threads."""
            self._options["threads"] = num_compact_threads
            return self

        def build(self) -> FileCompactStrategy:
            """The strategy. Raises ValueError if it says neither when nor how large."""
            if not {"checkpoints", "bytes"} & set(self._options):
                raise ValueError("a FileCompactStrategy needs a number of checkpoints or a size")
            return FileCompactStrategy(self._options)


class FileCompactor(JavaObjectWrapper):
    """How part files are joined. `j_file_compactor` says how."""

    def __init__(self, j_file_compactor: Any) -> None:
        super().__init__(j_file_compactor)

    @staticmethod
    def concat_file_compactor(file_delimiter: bytes | None = None) -> FileCompactor:
        """One after another, with the delimiter in between."""
        return FileCompactor(("concat", file_delimiter))

    @staticmethod
    def identical_file_compactor() -> FileCompactor:
        """Not at all."""
        return FileCompactor(("identical", None))
