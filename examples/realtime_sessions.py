"""Counts the events of every user while they arrive: Kafka in, Kafka out, exactly once.

Events are JSON such as {"user_id": "u1", "event_time_ms": 1710000000000, "event": "click"}. Each comes out again with
the number of events of its user so far.
"""

import json

from pyflink.common import Duration, Types
from pyflink.common.configuration import Configuration
from pyflink.common.serialization import SimpleStringSchema
from pyflink.common.watermark_strategy import TimestampAssigner, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

BROKERS = "kafka:9092"


class EventTime(TimestampAssigner):
    """The time in the event; Kafka's own where an event has none."""

    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        return int(json.loads(value).get("event_time_ms", record_timestamp))


class RollingCount(KeyedProcessFunction):
    """Numbers the events of each user."""

    def open(self, runtime_context: RuntimeContext):
        self.count = runtime_context.get_state(ValueStateDescriptor("rolling_count", Types.LONG()))

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield json.dumps(json.loads(value) | {"rolling_count": count})


def environment() -> StreamExecutionEnvironment:
    config = Configuration()
    config.set_string("state.backend.type", "rocksdb")
    config.set_string("execution.checkpointing.dir", "s3://my-bucket/flink/checkpoints/realtime-sessions")
    config.set_string("execution.checkpointing.interval", "60 s")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.enable_checkpointing(60_000)
    env.set_parallelism(4)
    return env


def main() -> None:
    env = environment()
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(BROKERS)
        .set_topics("events.raw")
        .set_group_id("realtime-sessions-v1")
        .set_value_only_deserializer(SimpleStringSchema())
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .build()
    )
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(BROKERS)
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic("events.enriched")
            .set_value_serialization_schema(SimpleStringSchema())
            .build()
        )
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix("realtime-sessions-txn")
        .build()
    )
    watermarks = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(10)).with_timestamp_assigner(EventTime())
    (
        env.from_source(source, watermarks, "kafka-events-raw")
        .key_by(lambda event: json.loads(event)["user_id"])
        .process(RollingCount(), output_type=Types.STRING())
        .sink_to(sink)
    )
    env.execute("realtime-sessions")


if __name__ == "__main__":
    main()
