"""Formats of files, before they become options of a source or sink."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from penstock._build.codecs import Codec
from penstock.common.typeinfo import TypeInformation


@dataclass(frozen=True)
class ReadFormat:
    """How files are read: the engine's options, what makes objects of them, and the objects' type."""

    options: dict[str, Any]
    decoder: Codec
    produced_type: TypeInformation | None = None

    def with_options(self, **options: Any) -> ReadFormat:
        """The same format with more options."""
        return replace(self, options={**self.options, **options})


@dataclass(frozen=True)
class WriteFormat:
    """How files are written: the engine's options, and what makes records of objects."""

    options: dict[str, Any]
    encoder: Codec
