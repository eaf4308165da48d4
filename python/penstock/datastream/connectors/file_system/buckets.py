"""Which folder a record goes to, and how its files are named."""

from __future__ import annotations

from typing import Any

from penstock.common.utils import JavaObjectWrapper


class BucketAssigner(JavaObjectWrapper):
    """Which folder a record goes to. `j_bucket_assigner` are the engine's options."""

    def __init__(self, j_bucket_assigner: dict[str, Any]) -> None:
        super().__init__(j_bucket_assigner)
        self._options = j_bucket_assigner

    @staticmethod
    def base_path_bucket_assigner() -> BucketAssigner:
        """All to the sink's own directory."""
        return BucketAssigner({"bucket": "base-path"})

    @staticmethod
    def date_time_bucket_assigner(format_str: str = "yyyy-MM-dd--HH", timezone_id: str | None = None) -> BucketAssigner:
        """By the time of writing, in Java's pattern letters; in the machine's time zone unless one is named."""
        return BucketAssigner({"bucket": "date-time", "bucket_format": format_str, "zone": timezone_id})


class OutputFileConfig(JavaObjectWrapper):
    """What the names of part files begin and end with."""

    def __init__(self, part_prefix: str, part_suffix: str) -> None:
        super().__init__(None)
        self._part_prefix = part_prefix
        self._part_suffix = part_suffix

    @staticmethod
    def builder() -> OutputFileConfig.OutputFileConfigBuilder:
        """Begin with `part` and nothing."""
        return OutputFileConfig.OutputFileConfigBuilder()

    def get_part_prefix(self) -> str:
        """What names begin with."""
        return self._part_prefix

    def get_part_suffix(self) -> str:
        """What names end with."""
        return self._part_suffix

    class OutputFileConfigBuilder:
        """Makes an OutputFileConfig."""

        def __init__(self) -> None:
            self._prefix = "part"
            self._suffix = ""

        def with_part_prefix(self, prefix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """What names begin with."""
            self._prefix = prefix
            return self

        def with_part_suffix(self, suffix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """What names end with."""
            self._suffix = suffix
            return self

        def build(self) -> OutputFileConfig:
            """The configuration."""
            return OutputFileConfig(self._prefix, self._suffix)
