"""Kafka clusters that change: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.common.serialization import DeserializationSchema
from penstock.datastream.connectors.base import Source
from penstock.datastream.connectors.kafka import KafkaOffsetsInitializer

__all__ = [
    "DynamicKafkaSource",
    "DynamicKafkaSourceBuilder",
    "KafkaMetadataService",
    "KafkaRecordDeserializationSchema",
    "KafkaStreamSetSubscriber",
    "KafkaStreamSubscriber",
    "SingleClusterTopicMetadataService",
    "StreamPatternSubscriber",
]

_USE_INSTEAD = (
    "Use a KafkaSource for each cluster and union; partitions and topics that are added are found with "
    "set_topic_pattern and partition.discovery.interval.ms."
)


@not_built_in(_USE_INSTEAD)
class KafkaMetadataService:
    """Tells which clusters have a stream."""

    def __init__(self, j_metadata_service: Any) -> None: ...


@not_built_in(_USE_INSTEAD)
class SingleClusterTopicMetadataService(KafkaMetadataService):
    """One cluster, whose topics are the streams."""

    def __init__(self, kafka_cluster_id: str, properties: dict[str, str]) -> None: ...


@not_built_in(_USE_INSTEAD)
class KafkaStreamSubscriber:
    """Chooses streams."""

    def __init__(self, j_kafka_stream_subscriber: Any) -> None: ...


@not_built_in(_USE_INSTEAD)
class KafkaStreamSetSubscriber(KafkaStreamSubscriber):
    """Chooses streams by name."""

    def __init__(self, stream_ids: set[str]) -> None: ...


@not_built_in(_USE_INSTEAD)
class StreamPatternSubscriber(KafkaStreamSubscriber):
    """Chooses streams by a pattern."""

    def __init__(self, stream_pattern: str) -> None: ...


@not_built_in(_USE_INSTEAD)
class KafkaRecordDeserializationSchema(DeserializationSchema):
    """Makes values of records."""

    def __init__(self, j_deserialization_schema: Any) -> None: ...

    @staticmethod
    def value_only(deserialization_schema: DeserializationSchema) -> KafkaRecordDeserializationSchema: ...


@not_built_in(_USE_INSTEAD)
class DynamicKafkaSource(Source):
    """Reads streams that move between clusters."""

    def __init__(self, j_dynamic_kafka_source: Any) -> None: ...

    @staticmethod
    def builder() -> DynamicKafkaSourceBuilder: ...


@not_built_in(_USE_INSTEAD)
class DynamicKafkaSourceBuilder:
    """Makes a DynamicKafkaSource."""

    def __init__(self) -> None: ...

    def build(self) -> DynamicKafkaSource: ...

    def set_stream_ids(self, stream_ids: set[str]) -> DynamicKafkaSourceBuilder: ...

    def set_stream_pattern(self, stream_pattern: str) -> DynamicKafkaSourceBuilder: ...

    def set_kafka_stream_subscriber(
        self, kafka_stream_subscriber: KafkaStreamSubscriber | Any
    ) -> DynamicKafkaSourceBuilder: ...

    def set_kafka_metadata_service(
        self, kafka_metadata_service: KafkaMetadataService | Any
    ) -> DynamicKafkaSourceBuilder: ...

    def set_deserializer(self, deserializer: KafkaRecordDeserializationSchema | Any) -> DynamicKafkaSourceBuilder: ...

    def set_value_only_deserializer(
        self, deserialization_schema: DeserializationSchema
    ) -> DynamicKafkaSourceBuilder: ...

    def set_starting_offsets(
        self, starting_offsets_initializer: KafkaOffsetsInitializer
    ) -> DynamicKafkaSourceBuilder: ...

    def set_bounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> DynamicKafkaSourceBuilder: ...

    def set_properties(self, props: dict[str, str]) -> DynamicKafkaSourceBuilder: ...

    def set_property(self, key: str, value: str) -> DynamicKafkaSourceBuilder: ...

    def set_group_id(self, group_id: str) -> DynamicKafkaSourceBuilder: ...

    def set_client_id_prefix(self, prefix: str) -> DynamicKafkaSourceBuilder: ...
