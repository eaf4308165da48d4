"""Rows as single lines of comma-separated values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from penstock._runtime.csv_rows import Reading, reader, writer
from penstock._runtime.csv_writing import Dialect
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.typeinfo import RowTypeInfo, TypeInformation
from penstock.common.types import Row


class CsvRowDeserializationSchema(DeserializationSchema):
    """Makes rows of lines; made by `CsvRowDeserializationSchema.Builder(type_info)`.

    A line that does not fit the type is an error (`ValueError`) that names the field, unless
    `set_ignore_parse_errors(True)` was called: then a field that does not fit is None, and what is no CSV is skipped.
    `j_deserialization_schema` is the builder.
    """

    def __init__(self, j_deserialization_schema: CsvRowDeserializationSchema.Builder) -> None:
        super().__init__()
        self._type_info = j_deserialization_schema._type_info
        self._reading = j_deserialization_schema._reading
        self._read = reader(self._type_info, self._reading)

    def deserialize(self, message: bytes) -> Row | None:
        """The row of a line."""
        return self._read(message)

    def _produced_type(self) -> TypeInformation:
        return self._type_info

    def __reduce__(self) -> tuple[Any, ...]:
        return _deserializer, (self._type_info, self._reading)

    class Builder:
        """Makes a CsvRowDeserializationSchema for rows of a type (`Types.ROW` or `Types.ROW_NAMED`)."""

        def __init__(self, type_info: TypeInformation) -> None:
            self._type_info = _row_type(type_info, "CsvRowDeserializationSchema")
            self._reading = Reading()

        def set_field_delimiter(self, delimiter: str) -> CsvRowDeserializationSchema.Builder:
            """What is between fields; a comma by default."""
            return self._with(delimiter=_character(delimiter, "field delimiter"))

        def set_allow_comments(self, allow_comments: bool) -> CsvRowDeserializationSchema.Builder:
            """Skip lines that begin with `#`."""
            return self._with(comments=allow_comments)

        def set_array_element_delimiter(self, delimiter: str) -> CsvRowDeserializationSchema.Builder:
            """What is between the elements of an array, and the fields of a row in a row; a semicolon by default."""
            if not isinstance(delimiter, str) or not delimiter:
                raise ValueError(f"the array element delimiter is a text, not {delimiter!r}")
            return self._with(array_delimiter=delimiter)

        def set_quote_character(self, c: str) -> CsvRowDeserializationSchema.Builder:
            """What encloses fields; a double quote by default."""
            return self._with(quote=_character(c, "quote character"))

        def set_escape_character(self, c: str) -> CsvRowDeserializationSchema.Builder:
            """What takes the meaning from the next character; nothing by default."""
            return self._with(escape=_character(c, "escape character"))

        def set_null_literal(self, null_literal: str) -> CsvRowDeserializationSchema.Builder:
            """The text that stands for None; nothing does by default."""
            return self._with(null_literal=null_literal)

        def set_ignore_parse_errors(self, ignore_parse_errors: bool) -> CsvRowDeserializationSchema.Builder:
            """Fields that do not fit are None, and lines that are no CSV are skipped; otherwise both are errors."""
            return self._with(ignore_errors=ignore_parse_errors)

        def build(self) -> CsvRowDeserializationSchema:
            """The schema."""
            return CsvRowDeserializationSchema(self)

        def _with(self, **said: Any) -> CsvRowDeserializationSchema.Builder:
            self._reading = replace(self._reading, **said)
            return self


class CsvRowSerializationSchema(SerializationSchema):
    """Makes lines of rows; made by `CsvRowSerializationSchema.Builder(type_info)`.

    Texts are quoted as Flink quotes them, which is more often than needed. `j_csv_row_serialization_schema` is the
    builder.
    """

    def __init__(self, j_csv_row_serialization_schema: CsvRowSerializationSchema.Builder) -> None:
        super().__init__()
        said = j_csv_row_serialization_schema
        self._type_info, self._dialect, self._array_delimiter = said._type_info, said._dialect, said._array_delimiter
        self._write = writer(self._type_info, self._dialect, self._array_delimiter)

    def serialize(self, value: Any) -> bytes:
        """The line of a row, with its end. Raises TypeError or ValueError if it does not fit the type."""
        return self._write(value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _serializer, (self._type_info, self._dialect, self._array_delimiter)

    class Builder:
        """Makes a CsvRowSerializationSchema for rows of a type (`Types.ROW` or `Types.ROW_NAMED`)."""

        def __init__(self, type_info: TypeInformation) -> None:
            self._type_info = _row_type(type_info, "CsvRowSerializationSchema")
            self._dialect = Dialect()
            self._array_delimiter = ";"

        def set_field_delimiter(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What is between fields; a comma by default."""
            return self._with(separator=_character(c, "field delimiter"))

        def set_line_delimiter(self, delimiter: str) -> CsvRowSerializationSchema.Builder:
            r"""What ends a line: `\n` by default, `\r`, `\r\n`, or nothing."""
            if delimiter not in ("\n", "\r", "\r\n", ""):
                raise ValueError(f"a line ends with \\n, \\r, \\r\\n or nothing, not with {delimiter!r}")
            return self._with(line_separator=delimiter)

        def set_array_element_delimiter(self, delimiter: str) -> CsvRowSerializationSchema.Builder:
            """What is between the elements of an array, and the fields of a row in a row; a semicolon by default."""
            self._array_delimiter = delimiter
            return self

        def disable_quote_character(self) -> CsvRowSerializationSchema.Builder:
            """Enclose nothing in quotes."""
            return self._with(quote=None)

        def set_quote_character(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What encloses texts; a double quote by default."""
            return self._with(quote=_character(c, "quote character"))

        def set_escape_character(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What takes the meaning from the next character; nothing by default."""
            return self._with(escape=_character(c, "escape character"))

        def set_null_literal(self, s: str) -> CsvRowSerializationSchema.Builder:
            """What is written for None; nothing by default."""
            return self._with(null_value=s)

        def build(self) -> CsvRowSerializationSchema:
            """The schema."""
            return CsvRowSerializationSchema(self)

        def _with(self, **said: Any) -> CsvRowSerializationSchema.Builder:
            self._dialect = replace(self._dialect, **said)
            return self


def _deserializer(type_info: RowTypeInfo, reading: Reading) -> CsvRowDeserializationSchema:
    builder = CsvRowDeserializationSchema.Builder(type_info)
    builder._reading = reading
    return builder.build()


def _serializer(type_info: RowTypeInfo, dialect: Dialect, array_delimiter: str) -> CsvRowSerializationSchema:
    builder = CsvRowSerializationSchema.Builder(type_info)
    builder._dialect, builder._array_delimiter = dialect, array_delimiter
    return builder.build()


def _row_type(type_info: TypeInformation, caller: str) -> RowTypeInfo:
    if type_info is None:
        raise TypeError("Type information must not be None")
    if not isinstance(type_info, RowTypeInfo):
        raise TypeError(f"{caller}.Builder takes Types.ROW([...]) or Types.ROW_NAMED([...], [...]), not {type_info}")
    return type_info


def _character(given: str, what: str) -> str:
    if not isinstance(given, str) or len(given) != 1:
        raise ValueError(f"the {what} is one character, not {given!r}")
    return given
