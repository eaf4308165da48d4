"""Kafka as Flink 1.x had it, for `env.add_source` and `stream.add_sink`; the new source and sink do the work."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from penstock._build.operators import SinkOperator, SourceOperator
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.typeinfo import TypeInformation, Types
from penstock.datastream.connectors.base import DeliveryGuarantee
from penstock.datastream.connectors.kafka.offsets import KafkaOffsetResetStrategy, KafkaOffsetsInitializer
from penstock.datastream.connectors.kafka.record import KafkaRecordSerializationSchema
from penstock.datastream.connectors.kafka.sink import KafkaSink
from penstock.datastream.connectors.kafka.source import KafkaSource
from penstock.datastream.functions import SinkFunction, SourceFunction
from penstock.util.exceptions import NotInPenstockError

C = TypeVar("C", bound="FlinkKafkaConsumerBase")


class Semantic(Enum):
    """What a FlinkKafkaProducer promises of each record when the job fails and restarts."""

    EXACTLY_ONCE = (0,)
    AT_LEAST_ONCE = (1,)
    NONE = 2


_GUARANTEES = {
    Semantic.EXACTLY_ONCE: DeliveryGuarantee.EXACTLY_ONCE,
    Semantic.AT_LEAST_ONCE: DeliveryGuarantee.AT_LEAST_ONCE,
    Semantic.NONE: DeliveryGuarantee.NONE,
}


class FlinkKafkaConsumerBase(SourceFunction):
    """Where a FlinkKafkaConsumer begins. `j_flink_kafka_consumer` are its properties."""

    def __init__(self, j_flink_kafka_consumer: dict[str, str]) -> None:
        super().__init__(j_flink_kafka_consumer)
        self._properties = {str(key): str(value) for key, value in j_flink_kafka_consumer.items()}
        self._starting: KafkaOffsetsInitializer | None = None

    def set_commit_offsets_on_checkpoints(self: C, commit_on_checkpoints: bool) -> C:
        """Whether the group's offsets are committed when a checkpoint is complete."""
        self._properties["commit.offsets.on.checkpoint"] = str(bool(commit_on_checkpoints)).lower()
        return self

    def set_start_from_earliest(self: C) -> C:
        """Begin at the oldest record."""
        self._starting = KafkaOffsetsInitializer.earliest()
        return self

    def set_start_from_latest(self: C) -> C:
        """Begin with what is written from now on."""
        self._starting = KafkaOffsetsInitializer.latest()
        return self

    def set_start_from_timestamp(self: C, startup_offsets_timestamp: int) -> C:
        """Begin with the first record that is not older: milliseconds since the epoch."""
        self._starting = KafkaOffsetsInitializer.timestamp(startup_offsets_timestamp)
        return self

    def set_start_from_group_offsets(self: C) -> C:
        """Begin with what the group has committed, or as `auto.offset.reset` says: the default."""
        self._starting = None
        return self

    def disable_filter_restored_partitions_with_subscribed_topics(self: C) -> C:
        """Accepted: partitions of a checkpoint are read on whether or not their topics are still named."""
        return self

    def get_produced_type(self) -> TypeInformation:
        """The type of the records."""
        raise NotImplementedError

    def _offsets(self) -> KafkaOffsetsInitializer:
        if self._starting is not None:
            return self._starting
        reset = self._properties.get("auto.offset.reset", "latest").upper()
        if reset not in KafkaOffsetResetStrategy.__members__:
            raise ValueError(f"auto.offset.reset is one of earliest, latest and none, not {reset.lower()!r}")
        return KafkaOffsetsInitializer.committed_offsets(KafkaOffsetResetStrategy[reset])


class FlinkKafkaConsumer(FlinkKafkaConsumerBase):
    """Reads one or several topics."""

    def __init__(
        self, topics: str | list[str], deserialization_schema: DeserializationSchema, properties: dict[str, str]
    ) -> None:
        super().__init__(properties)
        self._topics = [topics] if isinstance(topics, str) else list(topics)
        self._schema = deserialization_schema

    def get_produced_type(self) -> TypeInformation:
        """The type of the records."""
        return self._schema._produced_type() or Types.PICKLED_BYTE_ARRAY()

    def _source_operator(self) -> SourceOperator:
        builder = KafkaSource.builder().set_topics(*self._topics).set_value_only_deserializer(self._schema)
        return builder.set_starting_offsets(self._offsets()).set_properties(self._properties).build()._source_operator()


class FlinkKafkaProducerBase(SinkFunction):
    """How a FlinkKafkaProducer writes. `j_flink_kafka_producer` is its semantic."""

    def __init__(self, j_flink_kafka_producer: Semantic) -> None:
        super().__init__(j_flink_kafka_producer)
        self._semantic = j_flink_kafka_producer

    def set_log_failures_only(self, log_failures_only: bool) -> FlinkKafkaProducerBase:
        """Whether a record that cannot be written is only logged: True is not in Penstock yet."""
        if log_failures_only:
            raise NotInPenstockError("FlinkKafkaProducer.set_log_failures_only(True)")
        return self

    def set_flush_on_checkpoint(self, flush_on_checkpoint: bool) -> FlinkKafkaProducerBase:
        """Whether a checkpoint waits for the brokers; without it nothing is promised."""
        if not flush_on_checkpoint:
            self._semantic = Semantic.NONE
        return self

    def set_write_timestamp_to_kafka(self, write_timestamp_to_kafka: bool) -> FlinkKafkaProducerBase:
        """Accepted: records that have a timestamp always keep it."""
        return self


class FlinkKafkaProducer(FlinkKafkaProducerBase):
    """Writes to a topic. With EXACTLY_ONCE, transactions are named after the script and the topic."""

    def __init__(
        self,
        topic: str,
        serialization_schema: SerializationSchema,
        producer_config: dict[str, str],
        kafka_producer_pool_size: int = 5,
        semantic: Semantic = Semantic.AT_LEAST_ONCE,
    ) -> None:
        super().__init__(semantic)
        self._topic = topic
        self._schema = serialization_schema
        self._config = {str(key): str(value) for key, value in producer_config.items()}

    def ignore_failures_after_transaction_timeout(self) -> FlinkKafkaProducer:
        """Accepted: a transaction that the brokers have dropped never stops a restart."""
        return self

    def _sink_operator(self) -> SinkOperator:
        record = KafkaRecordSerializationSchema.builder().set_topic(self._topic)
        builder: Any = KafkaSink.builder().set_delivery_guarantee(_GUARANTEES[self._semantic])
        if self._semantic is Semantic.EXACTLY_ONCE:
            builder.set_transactional_id_prefix(f"{Path(sys.argv[0]).stem or 'job'}-{self._topic}")
        for key, value in self._config.items():
            builder.set_property(key, value)
        sink = builder.set_record_serializer(record.set_value_serialization_schema(self._schema).build()).build()
        return sink._sink_operator()  # type: ignore[no-any-return]
