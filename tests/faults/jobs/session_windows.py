"""Counts and adds up the visits of each session: session_windows.py BROKERS TOPIC ENDS OUT NAMING SLOW_US."""

import json
import sys
import time

from pyflink.common import Duration, SimpleStringSchema, Time, Types, WatermarkStrategy
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
from pyflink.datastream.functions import AggregateFunction, ProcessWindowFunction
from pyflink.datastream.window import EventTimeSessionWindows

OUT_OF_ORDER_MS, GAP_MS = 200, 301


class VisitTime(TimestampAssigner):
    """The time in the visit."""

    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        return json.loads(value)["time"]


class CountAndSum(AggregateFunction):
    """Number and sum of amounts."""

    def __init__(self, slow_us: int) -> None:
        self.seconds = slow_us / 1e6

    def create_accumulator(self):
        return 0, 0

    def add(self, value: str, accumulator):
        time.sleep(self.seconds)
        return accumulator[0] + 1, accumulator[1] + json.loads(value)["amount"]

    def get_result(self, accumulator):
        return accumulator

    def merge(self, acc_a, acc_b):
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


class Session(ProcessWindowFunction):
    """A line for each session."""

    def process(self, key: str, context: ProcessWindowFunction.Context, elements):
        ((count, total),) = elements
        window = context.window()
        yield f"{key} {window.start} {window.end} {count} {total}"


def main(brokers: str, topic: str, ends: str, out: str, naming: str, slow_us: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    offsets = {KafkaTopicPartition(topic, number): end for number, end in enumerate(json.loads(ends)[topic])}
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
    watermarks = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(OUT_OF_ORDER_MS))
    numbers = Types.TUPLE([Types.LONG(), Types.LONG()])
    sessions = (
        env.from_source(source, watermarks.with_timestamp_assigner(VisitTime()), "visits")
        .key_by(lambda value: json.loads(value)["visitor"], Types.STRING())
        .window(EventTimeSessionWindows.with_gap(Time.milliseconds(GAP_MS)))
        .aggregate(CountAndSum(int(slow_us)), Session(), numbers, Types.STRING())
    )
    values = KafkaRecordSerializationSchema.builder().set_topic(out)
    sessions.sink_to(
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(values.set_value_serialization_schema(SimpleStringSchema()).build())
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix(out)
        .set_transaction_naming_strategy(TransactionNamingStrategy[naming])
        .build()
    )
    env.execute("session windows")


if __name__ == "__main__":
    main(*sys.argv[1:])
