"""Numbers times the factor in a file, which is replaced meanwhile: swapped_model.py BROKERS TOPIC ENDS OUT NAMING FILE.

A result names the version of the file that it was made with. The length of the file is the factor in it.
"""

import json
import os
import sys
from pathlib import Path

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import MapFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
    TransactionNamingStrategy,
)

from penstock import models


def factor_in(path: str) -> int:
    return int(Path(path).read_text())


class Scale(MapFunction):
    def __init__(self, file: str) -> None:
        self.file = file

    def open(self, runtime_context: RuntimeContext) -> None:
        self.factor = models.watch(self.file, factor_in, interval=0.02, runtime_context=runtime_context)

    def map(self, value: str) -> str:
        number = int(value)
        if number % 100 == 0:
            self.replace(10 + number // 100)
        scaled = number * self.factor.model
        return f"{number} {scaled} {self.factor.version}"

    def replace(self, factor: int) -> None:
        """Put another version in the file's place."""
        new = f"{self.file}.{os.getpid()}.{factor}"
        Path(new).write_text(str(factor).rjust(factor))
        os.replace(new, self.file)

    def close(self) -> None:
        self.factor.close()


def main(brokers: str, topic: str, ends: str, out: str, naming: str, file: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    offsets = {KafkaTopicPartition(topic, number): end for number, end in enumerate(json.loads(ends))}
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
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    scaled = numbers.rebalance().map(Scale(file), Types.STRING()).uid("scale")
    values = KafkaRecordSerializationSchema.builder().set_topic(out)
    scaled.sink_to(
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(values.set_value_serialization_schema(SimpleStringSchema()).build())
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix(out)
        .set_transaction_naming_strategy(TransactionNamingStrategy[naming])
        .build()
    )
    env.execute("swapped model")


if __name__ == "__main__":
    main(*sys.argv[1:])
