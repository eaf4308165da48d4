"""Reading from Kafka."""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import schema_codec
from penstock._build.operators import SourceOperator
from penstock.common.serialization import DeserializationSchema
from penstock.datastream.connectors.base import Source
from penstock.datastream.connectors.kafka.offsets import (
    KafkaOffsetsInitializer,
    KafkaTopicPartition,
    checked_initializer,
)


class KafkaSource(Source):
    """Reads topics of Kafka; made by `KafkaSource.builder()`. `j_kafka_source` is the source as an operator."""

    def __init__(self, j_kafka_source: SourceOperator) -> None:
        super().__init__(j_kafka_source)
        self._operator = j_kafka_source

    @staticmethod
    def builder() -> KafkaSourceBuilder:
        """Begin a source."""
        return KafkaSourceBuilder()

    def _source_operator(self) -> SourceOperator:
        return self._operator


class KafkaSourceBuilder:
    """Makes a KafkaSource. Brokers, one of topics, pattern and partitions, and a deserializer are needed.

    Without starting offsets it begins at the oldest record; without `set_bounded` it reads on for ever.
    """

    def __init__(self) -> None:
        self._properties: dict[str, str] = {}
        self._subscription: dict[str, Any] | None = None
        self._starting = KafkaOffsetsInitializer.earliest()
        self._stopping: KafkaOffsetsInitializer | None = None
        self._bounded = False
        self._client_id_prefix: str | None = None
        self._schema: DeserializationSchema | None = None

    def build(self) -> KafkaSource:
        """The source. Raises ValueError naming what is missing."""
        servers = self._properties.get("bootstrap.servers")
        if not servers:
            raise ValueError("KafkaSource needs brokers: call set_bootstrap_servers('host:port')")
        if self._subscription is None:
            raise ValueError(
                "KafkaSource needs something to read: call set_topics, set_topic_pattern or set_partitions"
            )
        if self._schema is None:
            raise ValueError("KafkaSource needs a deserializer: call set_value_only_deserializer(SimpleStringSchema())")
        options = {
            "properties": self._properties,
            "bootstrap_servers": servers,
            "group_id": self._properties.get("group.id"),
            "subscription": self._subscription,
            "starting_offsets": self._starting._to_json(),
            "stopping_offsets": None if self._stopping is None else self._stopping._to_json(),
            "bounded": self._bounded,
            "client_id_prefix": self._client_id_prefix,
        }
        decoder = schema_codec(self._schema, "the deserializer of KafkaSource")
        return KafkaSource(SourceOperator("kafka", options, decoder, self._schema._produced_type()))

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSourceBuilder:
        """The brokers: `host:port,host:port`."""
        return self.set_property("bootstrap.servers", bootstrap_servers)

    def set_group_id(self, group_id: str) -> KafkaSourceBuilder:
        """The consumer group, under which offsets are committed when a checkpoint is complete."""
        return self.set_property("group.id", group_id)

    def set_topics(self, *topics: str) -> KafkaSourceBuilder:
        """The topics."""
        if not topics or not all(isinstance(topic, str) for topic in topics):
            raise TypeError(f"set_topics takes names of topics, set_topics('a', 'b'), not {topics!r}")
        return self._subscribe({"topics": list(topics)})

    def set_topic_pattern(self, topic_pattern: str) -> KafkaSourceBuilder:
        """All topics whose whole name matches the regular expression, new ones too."""
        return self._subscribe({"pattern": topic_pattern})

    def set_partitions(self, partitions: set[KafkaTopicPartition]) -> KafkaSourceBuilder:
        """Single partitions."""
        listed = sorted(partition._to_json() for partition in partitions)
        return self._subscribe({"partitions": listed})

    def set_starting_offsets(self, starting_offsets_initializer: KafkaOffsetsInitializer) -> KafkaSourceBuilder:
        """Where to begin, if there is no checkpoint to go on from."""
        self._starting = checked_initializer(starting_offsets_initializer, "set_starting_offsets")
        return self

    def set_unbounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> KafkaSourceBuilder:
        """Stop there, and yet be a stream without end for batch mode and the like."""
        return self._stop(checked_initializer(stopping_offsets_initializer, "set_unbounded"), bounded=False)

    def set_bounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> KafkaSourceBuilder:
        """Stop there: the job ends when everything up to it has been read."""
        return self._stop(checked_initializer(stopping_offsets_initializer, "set_bounded"), bounded=True)

    def set_value_only_deserializer(self, deserialization_schema: DeserializationSchema) -> KafkaSourceBuilder:
        """How the bytes of a record's value become what the stream carries."""
        if not isinstance(deserialization_schema, DeserializationSchema):
            raise TypeError(
                f"set_value_only_deserializer takes a DeserializationSchema such as SimpleStringSchema(), "
                f"not {deserialization_schema!r}"
            )
        self._schema = deserialization_schema
        return self

    def set_client_id_prefix(self, prefix: str) -> KafkaSourceBuilder:
        """What the client ids of the subtasks begin with."""
        self._client_id_prefix = prefix
        return self

    def set_property(self, key: str, value: str) -> KafkaSourceBuilder:
        """A property of the Kafka client."""
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"a property of Kafka is a pair of str, not {key!r}: {value!r}")
        self._properties[key] = value
        return self

    def set_properties(self, props: dict[str, str]) -> KafkaSourceBuilder:
        """Properties of the Kafka client."""
        for key, value in props.items():
            self.set_property(key, value)
        return self

    def _subscribe(self, subscription: dict[str, Any]) -> KafkaSourceBuilder:
        if self._subscription is not None:
            raise ValueError(
                f"KafkaSource reads {_words(self._subscription)} already; only one of set_topics, set_topic_pattern "
                "and set_partitions can be called, and only once"
            )
        self._subscription = subscription
        return self

    def _stop(self, initializer: KafkaOffsetsInitializer, bounded: bool) -> KafkaSourceBuilder:
        self._stopping = initializer
        self._bounded = bounded
        return self


def _words(subscription: dict[str, Any]) -> str:
    ((kind, what),) = subscription.items()
    return f"the {kind} {what}"
