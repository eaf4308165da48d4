"""Rows as JSON objects.

schema = JsonRowDeserializationSchema.builder().type_info(Types.ROW_NAMED(["id"], [Types.LONG()])).build()
"""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import schema_codec
from penstock._build.file_formats import ReadFormat
from penstock._runtime.json_reading import reader
from penstock._runtime.json_writing import writer
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.typeinfo import RowTypeInfo, TypeInformation
from penstock.datastream.connectors.file_system.source import StreamFormat
from penstock.datastream.formats.json_schema import type_of_schema


class JsonRowDeserializationSchema(DeserializationSchema):
    """Makes rows of JSON objects; made by `builder()`. `j_deserialization_schema` is the builder."""

    def __init__(self, j_deserialization_schema: JsonRowDeserializationSchema.Builder) -> None:
        super().__init__()
        said = j_deserialization_schema
        self._type_info = _row_type(said._type_info, "JsonRowDeserializationSchema", "type_info")
        self._fail_on_missing_field = said._fail_on_missing_field
        self._ignore_parse_errors = said._ignore_parse_errors
        self._prepare()

    @staticmethod
    def builder() -> JsonRowDeserializationSchema.Builder:
        """Begin a schema."""
        return JsonRowDeserializationSchema.Builder()

    def deserialize(self, message: bytes) -> Any:
        """The row in a JSON object. Raises ValueError for anything else, or returns None with ignore_parse_errors."""
        try:
            return self._read(message)
        except ValueError:
            if self._ignore_parse_errors:
                return None
            raise

    def _produced_type(self) -> TypeInformation | None:
        return self._type_info

    def _prepare(self) -> None:
        self._read = reader(self._type_info, self._fail_on_missing_field)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_read"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    class Builder:
        """Makes a JsonRowDeserializationSchema. The rows' type is needed."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None
            self._fail_on_missing_field = False
            self._ignore_parse_errors = False

        def type_info(self, type_info: TypeInformation) -> JsonRowDeserializationSchema.Builder:
            """The rows' type: `Types.ROW_NAMED`, whose names are those of the objects."""
            self._type_info = type_info
            return self

        def json_schema(self, json_schema: str) -> JsonRowDeserializationSchema.Builder:
            """The rows' type as a JSON schema."""
            self._type_info = type_of_schema(json_schema)
            return self

        def fail_on_missing_field(self) -> JsonRowDeserializationSchema.Builder:
            """A name that an object lacks is an error; otherwise the field is None."""
            self._fail_on_missing_field = True
            return self

        def ignore_parse_errors(self) -> JsonRowDeserializationSchema.Builder:
            """Skip what is no such object; otherwise it is an error."""
            self._ignore_parse_errors = True
            return self

        def build(self) -> JsonRowDeserializationSchema:
            """The schema. Raises ValueError if the type is missing or the options contradict each other."""
            if self._fail_on_missing_field and self._ignore_parse_errors:
                raise ValueError("fail_on_missing_field and ignore_parse_errors exclude each other")
            return JsonRowDeserializationSchema(self)


class JsonRowSerializationSchema(SerializationSchema):
    """Makes JSON objects of rows; made by `builder()`. `j_serialization_schema` is the builder."""

    def __init__(self, j_serialization_schema: JsonRowSerializationSchema.Builder) -> None:
        super().__init__()
        self._type_info = _row_type(j_serialization_schema._type_info, "JsonRowSerializationSchema", "with_type_info")
        self._prepare()

    @staticmethod
    def builder() -> JsonRowSerializationSchema.Builder:
        """Begin a schema."""
        return JsonRowSerializationSchema.Builder()

    def serialize(self, value: Any) -> bytes:
        """The row as a JSON object. Raises TypeError if it does not fit the type."""
        return self._write(value).encode()

    def _prepare(self) -> None:
        self._write = writer(self._type_info)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_write"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    class Builder:
        """Makes a JsonRowSerializationSchema. The rows' type is needed."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None

        def with_type_info(self, type_info: TypeInformation) -> JsonRowSerializationSchema.Builder:
            """The rows' type: `Types.ROW_NAMED`, whose names are those of the objects."""
            self._type_info = type_info
            return self

        def build(self) -> JsonRowSerializationSchema:
            """The schema. Raises ValueError if the type is missing."""
            return JsonRowSerializationSchema(self)


class JsonLinesFormat(StreamFormat):
    """Reads files of JSON objects, one a line; made by `for_schema`. An addition of Penstock's.

    Compressed files are unpacked by the end of their names. `j_json_format` is the engine's form.
    """

    def __init__(self, j_json_format: ReadFormat) -> None:
        super().__init__(j_json_format)

    @staticmethod
    def for_schema(schema: JsonRowDeserializationSchema, charset_name: str = "UTF-8") -> JsonLinesFormat:
        """The format of files whose lines are rows of this schema."""
        if not isinstance(schema, JsonRowDeserializationSchema):
            raise TypeError(f"JsonLinesFormat.for_schema takes a JsonRowDeserializationSchema, not {schema!r}")
        options = {"format": "text_line", "charset": charset_name}
        decoder = schema_codec(schema, "the JSON schema of a file")
        return JsonLinesFormat(ReadFormat(options, decoder, schema._produced_type()))


def _row_type(type_info: TypeInformation | None, schema: str, method: str) -> RowTypeInfo:
    if type_info is None:
        raise ValueError(f"{schema} needs the rows' type: call {method}(Types.ROW_NAMED([...], [...]))")
    if not isinstance(type_info, RowTypeInfo):
        raise TypeError(f"{schema} makes rows: its type has to be Types.ROW_NAMED or Types.ROW, not {type_info!r}")
    return type_info
