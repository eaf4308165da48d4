"""Files of comma-separated values."""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import Codec, schema_codec
from penstock._build.file_formats import ReadFormat, WriteFormat
from penstock._runtime.csv_writing import Dialect, line_writer
from penstock.common.serialization import BulkWriterFactory, SerializationSchema
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


class CsvLines(SerializationSchema):
    """Makes lines of rows; what `CsvBulkWriters` gives the sink."""

    def __init__(self, columns: list[dict[str, Any]], dialect: Dialect) -> None:
        super().__init__()
        self._columns, self._dialect = columns, dialect
        self._line = line_writer(columns, dialect)

    def serialize(self, value: Any) -> bytes:
        """The line of a row, without its end. Raises TypeError or ValueError if it does not fit the schema."""
        return self._line(value).encode()

    def __reduce__(self) -> tuple[Any, ...]:
        return CsvLines, (self._columns, self._dialect)


class CsvBulkWriters:
    """Writes CSV files."""

    @staticmethod
    def for_schema(schema: CsvSchema) -> BulkWriterFactory:
        """Rows with the columns of a schema, for `FileSink.for_bulk_format`.

        Fields are quoted as Flink quotes them, which is more often than needed. With `set_use_header` every file begins
        with the names of the columns.
        """
        if not isinstance(schema, CsvSchema):
            raise TypeError(f"CsvBulkWriters.for_schema takes CsvSchema.builder()....build(), not {schema!r}")
        given, columns = schema._dialect(), schema._columns()
        names = {"separator", "quote", "escape", "null_value", "line_separator"}
        dialect = Dialect(**{name: value for name, value in given.items() if name in names})
        options: dict[str, Any] = {"format": "lines", "bulk": True, "end": dialect.line_separator}
        if given.get("header"):
            options["head"] = dialect.separator.join(dialect.quoted(column["name"]) for column in columns)
        return BulkWriterFactory(WriteFormat(options, schema_codec(CsvLines(columns, dialect), "the CSV lines")))
