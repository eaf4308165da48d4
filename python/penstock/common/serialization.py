"""How values become bytes for connectors, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from penstock.common.typeinfo import TypeInformation, Types

if TYPE_CHECKING:
    from penstock._build.file_formats import WriteFormat


class SerializationSchema:
    """Makes bytes of a value. Subclasses override `serialize`."""

    def __init__(self, j_serialization_schema: Any = None) -> None:
        self._j_serialization_schema = j_serialization_schema

    def serialize(self, value: Any) -> bytes:
        """The value's bytes. Penstock calls this; PyFlink has only its own schemas."""
        raise NotImplementedError(f"{type(self).__name__} has no method serialize(value) -> bytes")

    def _codec(self) -> str | None:
        """The engine's own codec for this schema, if it has one."""
        return None


class DeserializationSchema:
    """Makes a value of bytes. Subclasses override `deserialize`."""

    def __init__(self, j_deserialization_schema: Any = None) -> None:
        self._j_deserialization_schema = j_deserialization_schema

    def deserialize(self, message: bytes) -> Any:
        """The value in these bytes; None skips the record. Penstock calls this; PyFlink has only its own schemas."""
        raise NotImplementedError(f"{type(self).__name__} has no method deserialize(message) -> value")

    def _codec(self) -> str | None:
        """The engine's own codec for this schema, if it has one."""
        return None

    def _produced_type(self) -> TypeInformation | None:
        """The type of the values; None for pickled ones."""
        return None


class SimpleStringSchema(SerializationSchema, DeserializationSchema):
    """Text in a character set."""

    def __init__(self, charset: str = "UTF-8") -> None:
        super().__init__()
        try:
            "".encode(charset)
        except LookupError:
            raise ValueError(f"SimpleStringSchema: {charset!r} is no character set that Python knows") from None
        self._charset = charset

    def serialize(self, value: str) -> bytes:
        """The text's bytes."""
        return value.encode(self._charset, "replace")

    def deserialize(self, message: bytes) -> str:
        """The text in these bytes, with U+FFFD where they are none."""
        return message.decode(self._charset, "replace")

    def _codec(self) -> str | None:
        return "utf8" if self._charset.lower().replace("-", "").replace("_", "") == "utf8" else None

    def _produced_type(self) -> TypeInformation | None:
        return Types.STRING()


class ByteArraySchema(SerializationSchema, DeserializationSchema):
    """Bytes as they are."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, value: bytes) -> bytes:
        """The bytes."""
        return bytes(value)

    def deserialize(self, message: bytes) -> bytes:
        """The bytes."""
        return message

    def _codec(self) -> str | None:
        return "bytes"

    def _produced_type(self) -> TypeInformation | None:
        return Types.PRIMITIVE_ARRAY(Types.BYTE())


class Encoder:
    """How a file sink writes a record."""

    def __init__(self, j_encoder: str) -> None:
        self._charset = j_encoder

    @staticmethod
    def simple_string_encoder(charset_name: str = "UTF-8") -> Encoder:
        """The record's text and a line feed."""
        return Encoder(charset_name)


class BulkWriterFactory:
    """How a file sink writes formats that hold many records at once; made by `CsvBulkWriters` and others.

    `j_bulk_writer_factory` is the engine's form.
    """

    def __init__(self, j_bulk_writer_factory: WriteFormat) -> None:
        self._format = j_bulk_writer_factory

    def get_java_object(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("BulkWriterFactory.get_java_object")


class RowFieldExtractorSchema(SerializationSchema):
    """One field of a row, which has to be bytes; for the key or the value of a Kafka record."""

    def __init__(self, field_index: int) -> None:
        super().__init__()
        if not isinstance(field_index, int) or field_index < 0:
            raise ValueError(f"RowFieldExtractorSchema takes the position of a field, from 0, not {field_index!r}")
        self._field_index = field_index

    def serialize(self, value: Any) -> bytes:
        """The bytes in the field. Raises TypeError if it holds something else."""
        field = value[self._field_index]
        if field is None:
            return b""
        if not isinstance(field, (bytes, bytearray)):
            raise TypeError(f"RowFieldExtractorSchema({self._field_index}): the field has to be bytes, not {field!r}")
        return bytes(field)
