# Kafka: what a sink writes in each of the formats, and what a source reads of it, with keys, times and transactions.
# jars: flink-sql-connector-kafka flink-sql-avro
# services: kafka
# order: free
import json
import os
import uuid

from pyflink.common import Row, Types, WatermarkStrategy
from pyflink.common.serialization import SimpleStringSchema
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetResetStrategy,
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
)
from pyflink.datastream.formats.avro import AvroRowDeserializationSchema, AvroRowSerializationSchema
from pyflink.datastream.formats.csv import CsvRowDeserializationSchema, CsvRowSerializationSchema
from pyflink.datastream.formats.json import JsonRowDeserializationSchema, JsonRowSerializationSchema

BROKER = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
NAMES = ["id", "name", "price", "paid"]
ROW = Types.ROW_NAMED(NAMES, [Types.LONG(), Types.STRING(), Types.DOUBLE(), Types.BOOLEAN()])
ROWS = [Row(1, "a", 1.5, True), Row(-(2**63), 'say "grün", ok', -0.1, False), Row(3, "", 1e20, True)]
AVRO = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "name", "type": "string"},
            {"name": "price", "type": "double"},
            {"name": "paid", "type": "boolean"},
        ],
    }
)
FORMATS = {
    "json": (
        JsonRowSerializationSchema.builder().with_type_info(ROW).build(),
        JsonRowDeserializationSchema.builder().type_info(ROW).build(),
    ),
    "csv": (CsvRowSerializationSchema.Builder(ROW).build(), CsvRowDeserializationSchema.Builder(ROW).build()),
    "avro": (
        AvroRowSerializationSchema(avro_schema_string=AVRO),
        AvroRowDeserializationSchema(avro_schema_string=AVRO),
    ),
}


def environment():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


def a_topic():
    return f"conformance-{uuid.uuid4()}"


def values_to(topic, schema):
    return KafkaRecordSerializationSchema.builder().set_topic(topic).set_value_serialization_schema(schema).build()


def sink_of(serializer, guarantee=DeliveryGuarantee.AT_LEAST_ONCE):
    builder = KafkaSink.builder().set_bootstrap_servers(BROKER).set_record_serializer(serializer)
    builder = builder.set_property("transaction.timeout.ms", "60000")
    return builder.set_delivery_guarantee(guarantee).set_transactional_id_prefix(a_topic()).build()


def source_of(*topics):
    builder = KafkaSource.builder().set_bootstrap_servers(BROKER).set_topics(*topics).set_group_id(a_topic())
    return builder.set_bounded(KafkaOffsetsInitializer.latest())


def write(rows, types, sink):
    env = environment()
    env.from_collection(rows, type_info=types).sink_to(sink)
    env.execute()


def read(label, source, strategy=None, show=repr):
    env = environment()
    records = env.from_source(source, strategy or WatermarkStrategy.no_watermarks(), "records")
    records.map(show, output_type=Types.STRING()).print(label)
    env.execute()


def texts(topic):
    return source_of(topic).set_value_only_deserializer(SimpleStringSchema())


def in_every_format():
    for name, (serializer, deserializer) in FORMATS.items():
        topic = a_topic()
        write(ROWS, ROW, sink_of(values_to(topic, serializer)))
        if name != "avro":
            read(f"{name}, text", texts(topic).build())
        read(name, source_of(topic).set_value_only_deserializer(deserializer).build())


def from_offsets():
    topic = a_topic()
    write(["a", "b", "c"], Types.STRING(), sink_of(values_to(topic, SimpleStringSchema())))
    read("earliest", texts(topic).set_starting_offsets(KafkaOffsetsInitializer.earliest()).build())
    read("latest", texts(topic).set_starting_offsets(KafkaOffsetsInitializer.latest()).build())
    read("from the first millisecond", texts(topic).set_starting_offsets(KafkaOffsetsInitializer.timestamp(1)).build())
    offsets = {KafkaTopicPartition(topic, 0): 1}
    read("from the second", texts(topic).set_starting_offsets(KafkaOffsetsInitializer.offsets(offsets)).build())
    no_offsets = KafkaOffsetsInitializer.committed_offsets(KafkaOffsetResetStrategy.EARLIEST)
    read("no committed offsets", texts(topic).set_starting_offsets(no_offsets).build())
    until = texts(topic).set_bounded(KafkaOffsetsInitializer.offsets({KafkaTopicPartition(topic, 0): 2}))
    read("until the third", until.build())


def chosen_topics():
    topics = {key: a_topic() for key in "ab"}
    schema = SimpleStringSchema()
    serializer = KafkaRecordSerializationSchema.builder().set_topic_selector(lambda text: topics[text[0]])
    serializer = serializer.set_key_serialization_schema(schema).set_value_serialization_schema(schema).build()
    write(["a1", "b1", "a2"], Types.STRING(), sink_of(serializer))
    for key, topic in topics.items():
        read(f"topic {key}", texts(topic).build())
    both = source_of(*topics.values()).set_value_only_deserializer(schema)
    read("both topics", both.build())


def in_transactions():
    topic = a_topic()
    env = environment()
    env.enable_checkpointing(100)
    records = env.from_collection(["a", "b", "c"], type_info=Types.STRING())
    records.sink_to(sink_of(values_to(topic, SimpleStringSchema()), DeliveryGuarantee.EXACTLY_ONCE))
    env.execute()
    # The broker may still be at it: latest() could be before what is committed.
    until = texts(topic).set_bounded(KafkaOffsetsInitializer.offsets({KafkaTopicPartition(topic, 0): 3}))
    read("committed", until.set_property("isolation.level", "read_committed").build())


def main():
    in_every_format()
    from_offsets()
    chosen_topics()
    in_transactions()


if __name__ == "__main__":
    main()
