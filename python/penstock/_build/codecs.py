"""How raw records become objects, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock._build.functions import PickledFunction, pickled
from penstock._build.names import FunctionNames
from penstock.common.serialization import DeserializationSchema, SerializationSchema


@dataclass(frozen=True)
class Codec:
    """A codec of the engine's own: `utf8`, `bytes`, `long`, `pickle`, `rows`, `dicts`."""

    kind: str

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class SchemaCodec(Codec):
    """A schema in Python."""

    schema: PickledFunction

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": self.kind, "function": names.add("schema", self.schema)}


@dataclass(frozen=True)
class AvroCodec(Codec):
    """Avro datums of a schema in JSON."""

    schema: str

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": self.kind, "schema": self.schema}


@dataclass(frozen=True)
class RecordCodec(Codec):
    """A Kafka record from its parts."""

    value: Codec
    key: Codec | None = None
    topic: str | None = None
    topic_selector: PickledFunction | None = None
    headers: PickledFunction | None = None

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        record: dict[str, Any] = {"kind": self.kind, "value": self.value.to_json(names)}
        if self.key is not None:
            record["key"] = self.key.to_json(names)
        if self.topic is not None:
            record["topic"] = self.topic
        if self.topic_selector is not None:
            record["topic_selector"] = names.add("topic", self.topic_selector)
        if self.headers is not None:
            record["headers"] = names.add("headers", self.headers)
        return record


def schema_codec(schema: SerializationSchema | DeserializationSchema, role: str) -> Codec:
    """The codec of a schema: the engine's own where it has one."""
    own = schema._codec()
    return Codec(own) if own is not None else SchemaCodec("function", pickled(schema, role))
