"""Records with schemas in a real registry, through a real Kafka."""

from __future__ import annotations

import json
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts
from services import KafkaBroker, SchemaRegistryServer

IMPORTS = (
    ENVIRONMENT
    + """
import json
from pyflink.datastream.connectors.kafka import *
from penstock.datastream.formats.schema_registry import *
NONE = WatermarkStrategy.no_watermarks()
env.set_parallelism(1)

def write(values, schema):
    record = KafkaRecordSerializationSchema.builder().set_topic(topic).set_value_serialization_schema(schema).build()
    env.from_collection(values).sink_to(
        KafkaSink.builder().set_bootstrap_servers(brokers).set_record_serializer(record).build())
    env.execute()

def read(schema):
    source = (KafkaSource.builder().set_bootstrap_servers(brokers).set_topics(topic)
        .set_bounded(KafkaOffsetsInitializer.latest()).set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(schema).build())
    with env.from_source(source, NONE, "records").execute_and_collect() as records:
        return list(records)
"""
)


class Topic:
    """A topic and subjects of its own, and jobs on them."""

    def __init__(self, kafka: KafkaBroker, registry: SchemaRegistryServer, folder: Path) -> None:
        self.kafka, self.registry, self.scripts = kafka, registry, Scripts(folder)
        self.name = kafka.create_topic(f"registry-{uuid.uuid4().hex}")

    def run(self, script: str) -> Outcome:
        names = f"brokers, topic, url = {self.kafka.bootstrap!r}, {self.name!r}, {self.registry.url!r}\n"
        self.scripts.write(IMPORTS + names + script)
        return self.scripts.run("run", "job.py")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.registry.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


@pytest.fixture
def topic(kafka: KafkaBroker, schema_registry: SchemaRegistryServer, tmp_path: Path) -> Topic:
    """A topic that is empty."""
    return Topic(kafka, schema_registry, tmp_path)


def test_avro_records_are_read_by_another_schema_than_they_were_written_with(topic: Topic) -> None:
    topic.run(
        """
fields = [{"name": "id", "type": "int"}, {"name": "note", "type": "string"}]
old = {"type": "record", "name": "Order", "fields": fields}
new = {"type": "record", "name": "Order", "fields": [
    {"name": "id", "type": "long"}, {"name": "amount", "type": ["null", "double"], "default": None}]}
subject = topic + "-value"
schema = ConfluentRegistryAvroSerializationSchema.for_generic(subject, old, url)
write([{"id": 1, "note": "a"}, Row(id=2, note="b")], schema)

class Order:
    SCHEMA = json.dumps(new)
    def __init__(self, id, amount):
        self.id, self.amount = id, amount

others = topic + "-other"
write([Order(3, 1.5)], ConfluentRegistryAvroSerializationSchema.for_specific(Order, others, url))
generic = read(ConfluentRegistryAvroDeserializationSchema.for_generic(new, url))
assert generic == [{"id": 1, "amount": None}, {"id": 2, "amount": None}, {"id": 3, "amount": 1.5}], generic
rows = read(ConfluentRegistryAvroDeserializationSchema.for_row(json.dumps(new), url, 1))
assert [(row.id, row.amount) for row in rows] == [(1, None), (2, None), (3, 1.5)], rows
orders = read(ConfluentRegistryAvroDeserializationSchema.for_specific(Order, url))
assert [(order.id, order.amount) for order in orders] == [(1, None), (2, None), (3, 1.5)]
"""
    ).succeeded()
    first = topic.kafka.consume(topic.name)[0].value
    assert first is not None and first[0] == 0 and first[5:] == b"\x02\x02a"
    schema = json.loads(
        urllib.request.urlopen(f"{topic.registry.url}/schemas/ids/{int.from_bytes(first[1:5], 'big')}").read()
    )["schema"]
    assert json.loads(schema)["fields"][1]["name"] == "note"


def test_protobuf_and_json(topic: Topic) -> None:
    topic.run(
        """
proto = '''
syntax = "proto3";
package shop;
message Order { int64 id = 1; repeated Line lines = 2; message Line { string sku = 1; } }
message Note { string text = 1; }
'''
subject = topic + "-proto"
schema = ConfluentRegistryProtobufSerializationSchema.for_generic
write([{"id": 7, "lines": [{"sku": "a"}, {}]}], schema(subject, proto, url))
write([{"text": "hi"}], schema(subject, proto, url, "Note"))
messages = read(ConfluentRegistryProtobufDeserializationSchema.for_generic(url))
assert messages == [{"id": 7, "lines": [{"sku": "a"}, {"sku": ""}]}, {"text": "hi"}], messages
"""
    ).succeeded()
    topic.name = topic.kafka.create_topic(f"registry-{uuid.uuid4().hex}")
    topic.run(
        """
schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
write([{"id": 1}, Row(id=2)], ConfluentRegistryJsonSerializationSchema.for_generic(topic + "-json", schema, url))
assert read(ConfluentRegistryJsonDeserializationSchema.for_generic(url)) == [{"id": 1}, {"id": 2}]
"""
    ).succeeded()


def test_schemas_that_refer_to_others(topic: Topic) -> None:
    money = {"type": "record", "name": "Money", "namespace": "pay", "fields": [{"name": "cents", "type": "long"}]}
    order = {"type": "record", "name": "Order", "fields": [{"name": "price", "type": "pay.Money"}]}
    subject = f"{topic.name}-money"
    topic.post(f"/subjects/{subject}/versions", {"schema": json.dumps(money)})
    reference = {"name": "pay.Money", "subject": subject, "version": 1}
    answer = topic.post(
        f"/subjects/{topic.name}-order/versions", {"schema": json.dumps(order), "references": [reference]}
    )
    topic.kafka.produce(topic.name, [b"\0" + answer["id"].to_bytes(4, "big") + b"\x0a"])
    reader = {**order, "fields": [{"name": "price", "type": money}]}
    topic.run(
        f"assert read(ConfluentRegistryAvroDeserializationSchema.for_generic({reader!r}, url)) == "
        "[{'price': {'cents': 5}}]"
    ).succeeded()


def test_what_is_wrong_is_said(topic: Topic) -> None:
    schema = "ConfluentRegistryAvroDeserializationSchema.for_generic('\"long\"', url)"
    topic.kafka.produce(topic.name, ["plain text"])
    error = topic.run(f"read({schema})").failed()
    assert "is not in the wire format of a schema registry" in error and "b'plain text'" in error
    topic.name = topic.kafka.create_topic(f"registry-{uuid.uuid4().hex}")
    topic.kafka.produce(topic.name, [b"\0\x7f\x00\x00\x00\x02"])
    error = topic.run(f"read({schema})").failed()
    assert "the schema registry answered GET /schemas/ids/2130706432 with 404" in error
    nobody = schema.replace("url", "'http://127.0.0.1:1'")
    assert "the schema registry does not answer GET /schemas/ids/2130706432" in topic.run(f"read({nobody})").failed()
