"""ORC: not built in. Parquet holds the same types, and everything that reads ORC reads it too."""

from __future__ import annotations

from typing import NoReturn

from penstock.common.configuration import Configuration
from penstock.table.types import RowType
from penstock.util.exceptions import NotInPenstockError

__all__ = ["OrcBulkWriters"]


class OrcBulkWriters:
    """Writes ORC files: not built in."""

    @staticmethod
    def for_row_type(
        row_type: RowType,
        writer_properties: Configuration | None = None,
        hadoop_config: Configuration | None = None,
    ) -> NoReturn:
        """Raises NotInPenstockError: use `ParquetBulkWriters.for_row_type`."""
        raise NotInPenstockError("OrcBulkWriters.for_row_type", "ParquetBulkWriters.for_row_type writes such rows.")
