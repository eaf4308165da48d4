"""How an environment makes streams."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from penstock._build.annotations import classes_of_values
from penstock._build.codecs import Codec
from penstock._build.elements import pickled_elements
from penstock._build.operators import Operator, SourceOperator, Watermarks
from penstock._build.outputs import Outputs
from penstock._build.transformation import Edge, Transformation
from penstock.common.io import InputFormat
from penstock.common.typeinfo import TypeInformation, Types
from penstock.common.watermark_strategy import WatermarkStrategy
from penstock.datastream.connectors.base import Source
from penstock.datastream.functions import SourceFunction

if TYPE_CHECKING:
    from penstock.datastream.data_stream import DataStream


class Sources:
    """The methods of an environment that make streams."""

    def from_collection(self, collection: list[Any], type_info: TypeInformation | None = None) -> DataStream:
        """A stream of these values. With `type_info`, each has to fit it: a TypeError names the one that does not."""
        if not isinstance(collection, Iterable) or isinstance(collection, (str, bytes, dict)):
            raise TypeError(f"from_collection takes a list of values, not {collection!r}")
        if type_info is not None and not isinstance(type_info, TypeInformation):
            raise TypeError(f"from_collection: type_info has to be a type such as Types.INT(), not {type_info!r}")
        values = list(collection)
        if type_info is not None:
            values = [type_info._fit(value, f"from_collection, element {i}") for i, value in enumerate(values)]
        elements = [base64.b64encode(element).decode() for element in pickled_elements(values)]
        records = classes_of_values(values)
        operator = SourceOperator("collection", {"elements": elements}, Codec("pickle"), type_info, records=records)
        return self._source_stream("Collection Source", operator, type_info, parallelism=1)

    def from_source(
        self,
        source: Source,
        watermark_strategy: WatermarkStrategy,
        source_name: str,
        type_info: TypeInformation | None = None,
    ) -> DataStream:
        """A stream of the source's records.

            env.from_source(source, WatermarkStrategy.no_watermarks(), "orders")

        A timestamp assigner of the strategy sees each record where it is read, before the watermarks of its split.
        """
        if not isinstance(source, Source):
            raise TypeError(f"from_source takes a Source such as KafkaSource or FileSource, not {source!r}")
        watermarks = Watermarks.of(watermark_strategy, "from_source")
        read = source._source_operator()
        operator = SourceOperator(read.connector, read.options, read.decoder, read.produced_type, watermarks)
        return self._source_stream(source_name, operator, type_info or read.produced_type)

    def add_source(
        self, source_func: SourceFunction, source_name: str = "Custom Source", type_info: TypeInformation | None = None
    ) -> DataStream:
        """A stream of the records of a source of Flink 1.x, such as FlinkKafkaConsumer."""
        operator = getattr(source_func, "_source_operator", None)
        if operator is None:
            raise TypeError(f"add_source takes a source function such as FlinkKafkaConsumer, not {source_func!r}")
        read: SourceOperator = operator()
        return self._source_stream(source_name, read, type_info or read.produced_type)

    def read_text_file(self, file_path: str, charset_name: str = "UTF-8") -> DataStream:
        """A stream of the lines of a file, or of the files in a directory (Flink 1.x; today FileSource)."""
        options = {
            "paths": [file_path],
            "format": "text_line",
            "charset": charset_name,
            "monitor_interval_ms": None,
        }
        operator = SourceOperator("file", options, Codec("utf8"), Types.STRING())
        return self._source_stream("Text File", operator, Types.STRING())

    def create_input(self, input_format: InputFormat, type_info: TypeInformation | None = None) -> DataStream:
        """A stream of what an input format reads: `AvroInputFormat`. For everything else there is `from_source`."""
        read = input_format._read_format() if isinstance(input_format, InputFormat) else None
        if read is None:
            raise TypeError(f"create_input takes an AvroInputFormat, not {input_format!r}; see from_source, FileSource")
        produced = type_info or read.produced_type
        operator = SourceOperator("file", {"monitor_interval_ms": None, **read.options}, read.decoder, produced)
        return self._source_stream("Custom File Source", operator, produced)

    def _source_stream(
        self, name: str, operator: SourceOperator, output_type: TypeInformation | None, parallelism: int | None = None
    ) -> DataStream:
        from penstock.datastream.data_stream import DataStream

        transformation = self._transform(name, operator, [], output_type)
        if parallelism is not None:
            transformation.parallelism = transformation.parallelism_limit = parallelism
        return DataStream(Outputs.of(self, transformation))  # type: ignore[arg-type]

    def _transform(
        self, name: str, operator: Operator, edges: list[Edge], output_type: TypeInformation | None
    ) -> Transformation:
        raise NotImplementedError
