"""Records whose schemas are in a schema registry, in Confluent's wire format: Avro, Protobuf and JSON.

    KafkaSource.builder().set_value_only_deserializer(
        ConfluentRegistryAvroDeserializationSchema.for_generic(schema, "http://registry:8081")
    )

The names are those of Flink's Java connectors in snake case; PyFlink has none of them. Each record begins with a zero
byte and the id of the schema that it was written with. That schema is asked for once, and at most
`identity_map_capacity` are kept. A record that is in no such format ends the job with an error.

`registry_configs` may have Confluent's `basic.auth.user.info`, `bearer.auth.token`, `auto.register.schemas`, and
`ssl.ca.location`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from penstock._runtime.avro import Schema, decoder, encoder, parse
from penstock._runtime.json_values import JsonValues
from penstock._runtime.protobuf import at_indexes, indexes_of, read_indexes, write_indexes
from penstock._runtime.protobuf import decoder as protobuf_decoder
from penstock._runtime.protobuf import encoder as protobuf_encoder
from penstock._runtime.protobuf import parse as parse_protobuf
from penstock._runtime.schema_registry import Registered, SchemaRegistry, framed, unframed
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.types import Row

__all__ = [
    "ConfluentRegistryAvroDeserializationSchema",
    "ConfluentRegistryAvroSerializationSchema",
    "ConfluentRegistryJsonDeserializationSchema",
    "ConfluentRegistryJsonSerializationSchema",
    "ConfluentRegistryProtobufDeserializationSchema",
    "ConfluentRegistryProtobufSerializationSchema",
]

DEFAULT_IDENTITY_MAP_CAPACITY = 1000

AvroText = str | Mapping[str, Any] | list[Any]


class _FromRegistry(DeserializationSchema):
    """Reads the rest of a message by a function that is made once for each schema that records were written with."""

    kind = ""

    def __init__(self, registry: SchemaRegistry, capacity: int) -> None:
        super().__init__()
        self._registry, self._capacity = registry, capacity
        self._readers: dict[int, Callable[[bytes], Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_readers": {}}

    def deserialize(self, message: bytes) -> Any:
        """The value of a record. Raises ValueError for bytes that are not of their schema."""
        schema_id, payload = unframed(message)
        read = self._readers.get(schema_id)
        if read is None:
            written = self._registry.schema(schema_id)
            if written.kind != self.kind:
                raise ValueError(f"the record's schema {schema_id} is {written.kind}, and {self.kind} was expected")
            if len(self._readers) >= self._capacity:
                self._readers.clear()
            read = self._readers[schema_id] = self._reader(written)
        return read(payload)

    def _reader(self, written: Registered) -> Callable[[bytes], Any]:
        raise NotImplementedError


class _ToRegistry(SerializationSchema):
    """Writes messages with the id of their schema, which is registered when the first record comes."""

    def __init__(self, registry: SchemaRegistry, subject: str) -> None:
        super().__init__()
        if not isinstance(subject, str) or not subject:
            raise ValueError(f"the subject of a schema is a name such as 'orders-value', not {subject!r}")
        self._registry, self._subject = registry, subject
        self._id: int | None = None
        self._write: Callable[[Any], bytes] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_write": None}

    def serialize(self, value: Any) -> bytes:
        """The record of a value. Raises ValueError naming what is not of the schema."""
        if self._id is None:
            self._id = self._registry.id_of(self._subject, *self._registered())
        if self._write is None:
            self._write = self._writer()
        return framed(self._id, self._write(value))

    def _registered(self) -> tuple[str, str]:
        """The schema's text and its kind."""
        raise NotImplementedError

    def _writer(self) -> Callable[[Any], bytes]:
        raise NotImplementedError


class ConfluentRegistryAvroDeserializationSchema(_FromRegistry):
    """Avro records as dicts, Rows or objects of a class; made by `for_generic`, `for_row` or `for_specific`.

    What was written with another schema is read as the one given, as Avro's rules say: fields by name or alias, with
    their defaults, numbers in wider types.
    """

    kind = "AVRO"

    def __init__(
        self, schema: AvroText, make: Callable[[dict[str, Any]], Any] | None, registry: SchemaRegistry, capacity: int
    ) -> None:
        super().__init__(registry, capacity)
        self._schema, self._make = schema, make
        parse(schema)

    @staticmethod
    def for_generic(
        schema: AvroText,
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryAvroDeserializationSchema:
        """Records as dicts. Dates and times are Python's, moments are in UTC, decimals `Decimal`."""
        return _avro(schema, None, url, identity_map_capacity, registry_configs)

    @staticmethod
    def for_row(
        schema: AvroText,
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryAvroDeserializationSchema:
        """Records as Rows with the names of their fields."""
        return _avro(schema, _row, url, identity_map_capacity, registry_configs)

    @staticmethod
    def for_specific(
        record_class: type,
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryAvroDeserializationSchema:
        """Records as objects of a class, which has the schema as `SCHEMA` and takes the fields by name."""
        return _avro(
            _schema_of(record_class), partial(_object, record_class), url, identity_map_capacity, registry_configs
        )

    def _reader(self, written: Registered) -> Callable[[bytes], Any]:
        read = decoder(_parsed(written), parse(self._schema))
        make = self._make
        return read if make is None else lambda payload: make(read(payload))


class ConfluentRegistryAvroSerializationSchema(_ToRegistry):
    """Avro records of dicts, Rows or objects with attributes; made by `for_generic` or `for_specific`."""

    def __init__(self, subject: str, schema: AvroText, registry: SchemaRegistry) -> None:
        super().__init__(registry, subject)
        self._schema = schema
        parse(schema)

    @staticmethod
    def for_generic(
        subject: str,
        schema: AvroText,
        schema_registry_url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryAvroSerializationSchema:
        """Dicts or Rows, written with this schema, which is registered below the subject."""
        registry = SchemaRegistry(schema_registry_url, identity_map_capacity, registry_configs)
        return ConfluentRegistryAvroSerializationSchema(subject, schema, registry)

    @staticmethod
    def for_specific(
        record_class: type,
        subject: str,
        schema_registry_url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryAvroSerializationSchema:
        """Objects of a class that has the schema as `SCHEMA`."""
        registry = SchemaRegistry(schema_registry_url, identity_map_capacity, registry_configs)
        return ConfluentRegistryAvroSerializationSchema(subject, _schema_of(record_class), registry)

    def _registered(self) -> tuple[str, str]:
        return self._schema if isinstance(self._schema, str) else json.dumps(self._schema), "AVRO"

    def _writer(self) -> Callable[[Any], bytes]:
        return encoder(parse(self._schema))


def _avro(
    schema: AvroText,
    make: Callable[[dict[str, Any]], Any] | None,
    url: str,
    capacity: int,
    configs: Mapping[str, Any] | None,
) -> ConfluentRegistryAvroDeserializationSchema:
    return ConfluentRegistryAvroDeserializationSchema(schema, make, SchemaRegistry(url, capacity, configs), capacity)


def _parsed(written: Registered) -> Schema:
    known: dict[str, Schema] = {}
    for _, text in written.references:
        parse(text, known)
    return parse(written.text, known)


def _row(fields: dict[str, Any]) -> Row:
    return Row(**fields)


def _object(record_class: type, fields: dict[str, Any]) -> Any:
    return record_class(**fields)


def _schema_of(record_class: type) -> AvroText:
    schema: AvroText | None = getattr(record_class, "SCHEMA", None)
    if schema is None:
        raise TypeError(
            f"{record_class!r} has no SCHEMA: for_specific takes a class with its Avro schema as that attribute"
        )
    return schema


class ConfluentRegistryJsonDeserializationSchema(_FromRegistry):
    """JSON records as Python has them; made by `for_generic`.

    The JSON schema in the registry is not enforced: whoever wrote the record has done that.
    """

    kind = "JSON"

    @staticmethod
    def for_generic(
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryJsonDeserializationSchema:
        """Records as dicts, lists, texts and numbers."""
        registry = SchemaRegistry(url, identity_map_capacity, registry_configs)
        return ConfluentRegistryJsonDeserializationSchema(registry, identity_map_capacity)

    def _reader(self, written: Registered) -> Callable[[bytes], Any]:
        return json.loads


class ConfluentRegistryJsonSerializationSchema(_ToRegistry):
    """JSON records of values with a JSON form, Rows too; made by `for_generic`."""

    def __init__(self, subject: str, schema: str | Mapping[str, Any], registry: SchemaRegistry) -> None:
        super().__init__(registry, subject)
        self._schema = schema if isinstance(schema, str) else json.dumps(schema)

    @staticmethod
    def for_generic(
        subject: str,
        schema: str | Mapping[str, Any],
        schema_registry_url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryJsonSerializationSchema:
        """Values of this JSON schema, which is registered below the subject."""
        registry = SchemaRegistry(schema_registry_url, identity_map_capacity, registry_configs)
        return ConfluentRegistryJsonSerializationSchema(subject, schema, registry)

    def _registered(self) -> tuple[str, str]:
        return self._schema, "JSON"

    def _writer(self) -> Callable[[Any], bytes]:
        return JsonValues().serialize


class ConfluentRegistryProtobufDeserializationSchema(_FromRegistry):
    """Protobuf records as dicts or messages; made by `for_generic` or `for_specific`."""

    kind = "PROTOBUF"

    def __init__(self, message_class: type | None, registry: SchemaRegistry, capacity: int) -> None:
        super().__init__(registry, capacity)
        self._message_class = message_class

    @staticmethod
    def for_generic(
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryProtobufDeserializationSchema:
        """Records as dicts of their fields: enums by name, a Timestamp as a datetime in UTC.

        A field that was not written is its default; None for messages, in a `oneof`, and for `optional`.
        """
        registry = SchemaRegistry(url, identity_map_capacity, registry_configs)
        return ConfluentRegistryProtobufDeserializationSchema(None, registry, identity_map_capacity)

    @staticmethod
    def for_specific(
        message_class: type,
        url: str,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryProtobufDeserializationSchema:
        """Records as messages of a class that `protoc` has generated. The package `protobuf` has to be there."""
        if not hasattr(message_class, "FromString"):
            raise TypeError(f"for_specific takes a class that protoc has generated, not {message_class!r}")
        registry = SchemaRegistry(url, identity_map_capacity, registry_configs)
        return ConfluentRegistryProtobufDeserializationSchema(message_class, registry, identity_map_capacity)

    def _reader(self, written: Registered) -> Callable[[bytes], Any]:
        if self._message_class is not None:
            return partial(_message, self._message_class)
        file = parse_protobuf(written.text, dict(written.references))
        readers: dict[tuple[int, ...], Callable[[bytes], Any]] = {}

        def read(payload: bytes) -> Any:
            indexes, data = read_indexes(payload)
            key = tuple(indexes)
            if key not in readers:
                readers[key] = protobuf_decoder(at_indexes(file, indexes))
            return readers[key](data)

        return read


def _message(message_class: Any, payload: bytes) -> Any:
    return message_class.FromString(read_indexes(payload)[1])


class ConfluentRegistryProtobufSerializationSchema(_ToRegistry):
    """Protobuf records of dicts, or of objects with attributes; made by `for_generic`."""

    def __init__(self, subject: str, schema: str, message_name: str | None, registry: SchemaRegistry) -> None:
        super().__init__(registry, subject)
        self._schema, self._message_name = schema, message_name
        indexes_of(parse_protobuf(schema), message_name)

    @staticmethod
    def for_generic(
        subject: str,
        schema: str,
        schema_registry_url: str,
        message_name: str | None = None,
        identity_map_capacity: int = DEFAULT_IDENTITY_MAP_CAPACITY,
        registry_configs: Mapping[str, Any] | None = None,
    ) -> ConfluentRegistryProtobufSerializationSchema:
        """Values of a message in this `.proto` text, by default its first. The text is registered below the subject."""
        registry = SchemaRegistry(schema_registry_url, identity_map_capacity, registry_configs)
        return ConfluentRegistryProtobufSerializationSchema(subject, schema, message_name, registry)

    def _registered(self) -> tuple[str, str]:
        return self._schema, "PROTOBUF"

    def _writer(self) -> Callable[[Any], bytes]:
        file = parse_protobuf(self._schema)
        indexes = indexes_of(file, self._message_name)
        write, prefix = protobuf_encoder(at_indexes(file, indexes)), write_indexes(indexes)
        return lambda value: prefix + write(value)
