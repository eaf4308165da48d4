"""Kinesis: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.watermark_strategy import AssignerWithPeriodicWatermarksWrapper
from penstock.datastream.connectors.base import Sink
from penstock.datastream.functions import SourceFunction

__all__ = [
    "FlinkKinesisConsumer",
    "KinesisDeserializationSchema",
    "KinesisFirehoseSink",
    "KinesisFirehoseSinkBuilder",
    "KinesisShardAssigner",
    "KinesisStreamsSink",
    "KinesisStreamsSinkBuilder",
    "PartitionKeyGenerator",
    "WatermarkTracker",
]

_USE_INSTEAD = "Use a source or sink in Python around boto3 (penstock.connectors.python)."


@not_built_in(_USE_INSTEAD)
class KinesisShardAssigner:
    """Which subtask reads a shard."""

    def __init__(self, j_kinesis_shard_assigner: Any) -> None: ...

    @staticmethod
    def default_shard_assigner() -> KinesisShardAssigner: ...

    @staticmethod
    def uniform_shard_assigner() -> KinesisShardAssigner: ...


@not_built_in(_USE_INSTEAD)
class KinesisDeserializationSchema:
    """Makes values of records."""

    def __init__(self, j_kinesis_deserialization_schema: Any) -> None: ...


@not_built_in(_USE_INSTEAD)
class WatermarkTracker:
    """Aligns the watermarks of subtasks."""

    def __init__(self, j_watermark_tracker: Any) -> None: ...

    @staticmethod
    def job_manager_watermark_tracker(
        aggregate_name: str, log_accumulator_interval_millis: int = -1
    ) -> WatermarkTracker: ...


@not_built_in(_USE_INSTEAD)
class FlinkKinesisConsumer(SourceFunction):
    """Reads streams."""

    def __init__(
        self,
        streams: str | list[str],
        deserializer: DeserializationSchema | KinesisDeserializationSchema,
        config_props: dict[Any, Any],
    ) -> None: ...

    def set_shard_assigner(self, shard_assigner: KinesisShardAssigner) -> FlinkKinesisConsumer: ...

    def set_periodic_watermark_assigner(
        self, periodic_watermark_assigner: AssignerWithPeriodicWatermarksWrapper
    ) -> FlinkKinesisConsumer: ...

    def set_watermark_tracker(self, watermark_tracker: WatermarkTracker) -> FlinkKinesisConsumer: ...


@not_built_in(_USE_INSTEAD)
class PartitionKeyGenerator:
    """Which shard a record goes to."""

    def __init__(self, j_partition_key_generator: Any) -> None: ...

    @staticmethod
    def fixed() -> PartitionKeyGenerator: ...

    @staticmethod
    def random() -> PartitionKeyGenerator: ...


@not_built_in(_USE_INSTEAD)
class KinesisStreamsSink(Sink):
    """Writes to a stream."""

    def __init__(self, j_kinesis_streams_sink: Any) -> None: ...

    @staticmethod
    def builder() -> KinesisStreamsSinkBuilder: ...


@not_built_in(_USE_INSTEAD)
class KinesisStreamsSinkBuilder:
    """Makes a KinesisStreamsSink."""

    def __init__(self) -> None: ...

    def set_stream_name(self, stream_name: str | list[str]) -> KinesisStreamsSinkBuilder: ...

    def set_serialization_schema(self, serialization_schema: SerializationSchema) -> KinesisStreamsSinkBuilder: ...

    def set_partition_key_generator(
        self, partition_key_generator: PartitionKeyGenerator
    ) -> KinesisStreamsSinkBuilder: ...

    def set_fail_on_error(self, fail_on_error: bool) -> KinesisStreamsSinkBuilder: ...

    def set_kinesis_client_properties(self, kinesis_client_properties: dict[Any, Any]) -> KinesisStreamsSinkBuilder: ...

    def set_max_batch_size(self, max_batch_size: int) -> KinesisStreamsSinkBuilder: ...

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> KinesisStreamsSinkBuilder: ...

    def set_max_buffered_requests(self, max_buffered_requests: int) -> KinesisStreamsSinkBuilder: ...

    def set_max_batch_size_in_bytes(self, max_batch_size_in_bytes: int) -> KinesisStreamsSinkBuilder: ...

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> KinesisStreamsSinkBuilder: ...

    def set_max_record_size_in_bytes(self, max_record_size_in_bytes: int) -> KinesisStreamsSinkBuilder: ...

    def build(self) -> KinesisStreamsSink: ...


@not_built_in(_USE_INSTEAD)
class KinesisFirehoseSink(Sink):
    """Writes to a delivery stream."""

    def __init__(self, j_kinesis_firehose_sink: Any) -> None: ...

    @staticmethod
    def builder() -> KinesisFirehoseSinkBuilder: ...


@not_built_in(_USE_INSTEAD)
class KinesisFirehoseSinkBuilder:
    """Makes a KinesisFirehoseSink."""

    def __init__(self) -> None: ...

    def set_delivery_stream_name(self, delivery_stream_name: str) -> KinesisFirehoseSinkBuilder: ...

    def set_serialization_schema(self, serialization_schema: SerializationSchema) -> KinesisFirehoseSinkBuilder: ...

    def set_fail_on_error(self, fail_on_error: bool) -> KinesisFirehoseSinkBuilder: ...

    def set_firehose_client_properties(
        self, firehose_client_properties: dict[Any, Any]
    ) -> KinesisFirehoseSinkBuilder: ...

    def set_max_batch_size(self, max_batch_size: int) -> KinesisFirehoseSinkBuilder: ...

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> KinesisFirehoseSinkBuilder: ...

    def set_max_buffered_requests(self, max_buffered_requests: int) -> KinesisFirehoseSinkBuilder: ...

    def set_max_batch_size_in_bytes(self, max_batch_size_in_bytes: int) -> KinesisFirehoseSinkBuilder: ...

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> KinesisFirehoseSinkBuilder: ...

    def set_max_record_size_in_bytes(self, max_record_size_in_bytes: int) -> KinesisFirehoseSinkBuilder: ...

    def build(self) -> KinesisFirehoseSink: ...
