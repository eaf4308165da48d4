"""Asks something slow about each record, fifty at a time: async_calls.py BROKERS TOPIC ENDS OUT NAMING."""

import asyncio
import json
import sys

from pyflink.common import SimpleStringSchema, Time, Types, WatermarkStrategy
from pyflink.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
    TransactionNamingStrategy,
)


class Ask(AsyncFunction):
    """The answer comes after a while."""

    async def async_invoke(self, value: str) -> list:
        question = json.loads(value)
        await asyncio.sleep(question["millis"] / 1000)
        return [f"{question['number']} {question['amount'] * 2}"]


def main(brokers: str, topic: str, ends: str, out: str, naming: str) -> None:
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
    questions = env.from_source(source, WatermarkStrategy.no_watermarks(), "questions")
    answers = AsyncDataStream.unordered_wait(questions, Ask(), Time.seconds(60), 50, Types.STRING())
    values = KafkaRecordSerializationSchema.builder().set_topic(out)
    answers.sink_to(
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(values.set_value_serialization_schema(SimpleStringSchema()).build())
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix(out)
        .set_transaction_naming_strategy(TransactionNamingStrategy[naming])
        .build()
    )
    env.execute("async calls")


if __name__ == "__main__":
    main(*sys.argv[1:])
