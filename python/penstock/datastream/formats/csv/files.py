"""Files of comma-separated values."""

from __future__ import annotations

from penstock._build.codecs import Codec
from penstock._build.file_formats import ReadFormat
from penstock.datastream.connectors.file_system.source import StreamFormat
from penstock.datastream.formats.csv.schema import CsvSchema


class CsvReaderFormat(StreamFormat):
    """Reads CSV files; made by `for_schema`. Compressed files are unpacked by the end of their names.

    A record is a `Row` with the names of the columns. One that does not fit the schema is an error that names the file
    and the place in it, unless `with_ignore_parse_errors` is called. `j_csv_format` is the engine's form.
    """

    def __init__(self, j_csv_format: ReadFormat) -> None:
        super().__init__(j_csv_format)

    @staticmethod
    def for_schema(schema: CsvSchema) -> CsvReaderFormat:
        """The format of files with this schema."""
        if not isinstance(schema, CsvSchema):
            raise TypeError(f"CsvReaderFormat.for_schema takes CsvSchema.builder()....build(), not {schema!r}")
        options = {"format": "csv", "columns": schema._columns(), **schema._dialect()}
        return CsvReaderFormat(ReadFormat(options, Codec("rows"), schema._row_type._type_info()))

    def with_ignore_parse_errors(self) -> CsvReaderFormat:
        """Leave out records that do not fit the schema.

        They are counted (`numRecordsInErrors`), the first of a file are logged. Flink has it in Java only.
        """
        return CsvReaderFormat(self._format.with_options(ignore_errors=True))

    def with_charset(self, charset_name: str) -> CsvReaderFormat:
        """Read text in this character set: UTF-8, ISO-8859-1 or US-ASCII. Flink knows UTF-8 alone."""
        return CsvReaderFormat(self._format.with_options(charset=charset_name))
