"""How records become Kafka's records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from penstock._build.codecs import RecordCodec, schema_codec
from penstock._build.functions import pickled
from penstock.common.serialization import SerializationSchema


class KafkaTopicSelector(ABC):
    """Says which topic a record goes to."""

    @abstractmethod
    def apply(self, data: Any) -> str:
        """The topic's name."""


class KafkaRecordSerializationSchema(SerializationSchema):
    """How records become Kafka's records; made by `builder()`. `j_serialization_schema` is the engine's codec."""

    def __init__(self, j_serialization_schema: RecordCodec, topic_selector: KafkaTopicSelector | None = None) -> None:
        super().__init__(j_serialization_schema)
        self._record_codec = j_serialization_schema
        self._topic_selector = topic_selector

    @staticmethod
    def builder() -> KafkaRecordSerializationSchemaBuilder:
        """Begin a serializer."""
        return KafkaRecordSerializationSchemaBuilder()


class KafkaRecordSerializationSchemaBuilder:
    """Makes a KafkaRecordSerializationSchema. A topic, or a topic selector, and a value serializer are needed."""

    def __init__(self) -> None:
        self._topic: str | None = None
        self._topic_selector: Callable[[Any], str] | KafkaTopicSelector | None = None
        self._key: SerializationSchema | None = None
        self._value: SerializationSchema | None = None
        self._headers: Callable[[Any], Iterable[tuple[str, bytes]]] | None = None

    def build(self) -> KafkaRecordSerializationSchema:
        """The serializer. Raises ValueError naming what is missing."""
        if self._topic is None and self._topic_selector is None:
            raise ValueError("KafkaRecordSerializationSchema needs a topic: call set_topic or set_topic_selector")
        if self._value is None:
            raise ValueError("KafkaRecordSerializationSchema needs a serializer: call set_value_serialization_schema")
        selector = self._topic_selector
        call = selector.apply if isinstance(selector, KafkaTopicSelector) else selector
        codec = RecordCodec(
            "record",
            schema_codec(self._value, "the value serializer of KafkaSink"),
            None if self._key is None else schema_codec(self._key, "the key serializer of KafkaSink"),
            self._topic,
            None if call is None else pickled(call, "the topic selector of KafkaSink"),
            None if self._headers is None else pickled(self._headers, "the header provider of KafkaSink"),
        )
        return KafkaRecordSerializationSchema(codec, selector if isinstance(selector, KafkaTopicSelector) else None)

    def set_topic(self, topic: str) -> KafkaRecordSerializationSchemaBuilder:
        """The topic of all records."""
        if self._topic_selector is not None:
            raise ValueError("set_topic and set_topic_selector exclude each other")
        if not isinstance(topic, str) or not topic:
            raise TypeError(f"set_topic takes the name of a topic, not {topic!r}")
        self._topic = topic
        return self

    def set_topic_selector(
        self, topic_selector: Callable[[Any], str] | KafkaTopicSelector
    ) -> KafkaRecordSerializationSchemaBuilder:
        """A function from a record to its topic."""
        if self._topic is not None:
            raise ValueError("set_topic and set_topic_selector exclude each other")
        if not isinstance(topic_selector, KafkaTopicSelector) and not callable(topic_selector):
            raise TypeError(f"set_topic_selector takes a KafkaTopicSelector or a function, not {topic_selector!r}")
        self._topic_selector = topic_selector
        return self

    def set_key_serialization_schema(
        self, key_serialization_schema: SerializationSchema
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How a record becomes the bytes of its key; without it there is no key."""
        self._key = _checked(key_serialization_schema, "set_key_serialization_schema")
        return self

    def set_value_serialization_schema(
        self, value_serialization_schema: SerializationSchema
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How a record becomes the bytes of its value."""
        self._value = _checked(value_serialization_schema, "set_value_serialization_schema")
        return self

    def set_header_provider(
        self, header_provider: Callable[[Any], Iterable[tuple[str, bytes]]]
    ) -> KafkaRecordSerializationSchemaBuilder:
        """A function from a record to its headers, pairs of a name and bytes. Penstock's own: PyFlink has none."""
        if not callable(header_provider):
            raise TypeError(f"set_header_provider takes a function, not {header_provider!r}")
        self._headers = header_provider
        return self


def _checked(schema: Any, method: str) -> SerializationSchema:
    if not isinstance(schema, SerializationSchema):
        raise TypeError(f"{method} takes a SerializationSchema such as SimpleStringSchema(), not {schema!r}")
    return schema
