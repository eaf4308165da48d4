"""Formats of files, before they become options of a source or sink."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from penstock._build.codecs import Codec
from penstock.common.typeinfo import TypeInformation
from penstock.table.types.nested import row_type as checked


@dataclass(frozen=True)
class ReadFormat:
    """How files are read: the engine's options, what makes objects of them, and the objects' type."""

    options: dict[str, Any]
    decoder: Codec
    produced_type: TypeInformation | None = None

    def with_options(self, **options: Any) -> ReadFormat:
        """The same format with more options."""
        return replace(self, options={**self.options, **options})


def rows_of_columns(
    format: str, row_type: Any, owner: str, *, batch_size: int, utc_timestamp: bool, case_sensitive: bool
) -> ReadFormat:
    """Files of columns, read as rows of a row type. Raises TypeError or ValueError in the name of `owner`."""
    checked(row_type, owner)
    if batch_size < 1:
        raise ValueError(f"batch_size has to be above zero, not {batch_size}")
    options = {
        "format": format,
        "columns": row_type._column()["fields"],
        "batch_size": batch_size,
        "utc_timestamp": utc_timestamp,
        "case_sensitive": case_sensitive,
    }
    return ReadFormat(options, Codec("rows"), row_type._type_info())


@dataclass(frozen=True)
class WriteFormat:
    """How files are written: the engine's options, and what makes records of objects."""

    options: dict[str, Any]
    encoder: Codec
