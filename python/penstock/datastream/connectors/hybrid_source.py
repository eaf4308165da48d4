"""Sources one after another: files of the past, say, and then the topic where they go on.

    source = HybridSource.builder(files).add_source(topic).build()

The next source begins when all of the one before was read, so all but the last have to end. Each has its own way to
make values of records. Where the next one has to begin is said when it is built, such as
`KafkaOffsetsInitializer.timestamp(...)`.
"""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import HybridCodec
from penstock._build.operators import SourceOperator, type_json
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.connectors.base import Source

__all__ = ["HybridSource", "HybridSourceBuilder"]


class HybridSource(Source):
    """Reads several sources in turn; made by `HybridSource.builder(first)`."""

    def __init__(self, j_hybrid_source: SourceOperator) -> None:
        super().__init__(j_hybrid_source)
        self._operator = j_hybrid_source

    @staticmethod
    def builder(first_source: Source) -> HybridSourceBuilder:
        """Begin with this source."""
        return HybridSourceBuilder([]).add_source(first_source)

    def _source_operator(self) -> SourceOperator:
        return self._operator


class HybridSourceBuilder:
    """Makes a HybridSource. Every source but the last has to be bounded."""

    def __init__(self, j_hybrid_source_builder: list[SourceOperator]) -> None:
        self._sources = j_hybrid_source_builder

    def add_source(self, source: Source) -> HybridSourceBuilder:
        """The next source. Raises ValueError if the one before never ends."""
        if not isinstance(source, Source):
            raise TypeError(f"HybridSource takes Sources such as FileSource and KafkaSource, not {source!r}")
        if self._sources and not _ends(self._sources[-1]):
            raise ValueError(
                f"source {len(self._sources)} of the HybridSource never ends, so the next one would never be read: "
                "only the last may be unbounded"
            )
        self._sources = [*self._sources, source._source_operator()]
        return self

    def build(self) -> HybridSource:
        """The source."""
        parts: list[dict[str, Any]] = [{"connector": one.connector, "options": one.options} for one in self._sources]
        options = {"sources": parts, "bounded": _ends(self._sources[-1])}
        codec = HybridCodec("hybrid", tuple(one.decoder for one in self._sources))
        return HybridSource(SourceOperator("hybrid", options, codec, _type_of_all(self._sources)))


def _type_of_all(sources: list[SourceOperator]) -> TypeInformation | None:
    """The type that all records have; None where they differ."""
    first = sources[0].produced_type
    return first if all(type_json(one.produced_type) == type_json(first) for one in sources) else None


def _ends(source: SourceOperator) -> bool:
    return bool(source.options.get("bounded", True)) and source.options.get("monitor_interval_ms") is None
