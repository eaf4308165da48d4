"""Pairs what was sent with what was opened soon after: interval_join.py BROKERS TOPICS ENDS OUT NAMING SLOW_US."""

import json
import sys
import time

from pyflink.common import SimpleStringSchema, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
    TransactionNamingStrategy,
)
from pyflink.datastream.functions import ProcessJoinFunction

AFTER_MS = 1_500


class EventTime(TimestampAssigner):
    """The time in the record."""

    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        return json.loads(value)["time"]


class Pair(ProcessJoinFunction):
    """A line for each pair."""

    def __init__(self, slow_us: int) -> None:
        self.seconds = slow_us / 1e6

    def process_element(self, left: str, right: str, ctx: ProcessJoinFunction.Context):
        time.sleep(self.seconds)
        sent, opened = json.loads(left), json.loads(right)
        yield f"{sent['reader']} {sent['time']} {opened['time']}"


def read(env: StreamExecutionEnvironment, brokers: str, topic: str, ends: dict):
    offsets = {KafkaTopicPartition(topic, number): end for number, end in enumerate(ends[topic])}
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(brokers)
        .set_topics(topic)
        .set_group_id(topic)
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.offsets(offsets))
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    watermarks = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(EventTime())
    return env.from_source(source, watermarks, topic).key_by(lambda value: json.loads(value)["reader"], Types.STRING())


def main(brokers: str, topics: str, ends: str, out: str, naming: str, slow_us: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    sent, opened = (read(env, brokers, topic, json.loads(ends)) for topic in topics.split(","))
    pairs = (
        sent.interval_join(opened)
        .between(Time.milliseconds(0), Time.milliseconds(AFTER_MS))
        .process(Pair(int(slow_us)), Types.STRING())
    )
    values = KafkaRecordSerializationSchema.builder().set_topic(out)
    pairs.sink_to(
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(values.set_value_serialization_schema(SimpleStringSchema()).build())
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix(out)
        .set_transaction_naming_strategy(TransactionNamingStrategy[naming])
        .build()
    )
    env.execute("interval join")


if __name__ == "__main__":
    main(*sys.argv[1:])
