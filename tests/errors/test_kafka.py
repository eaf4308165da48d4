"""Kafka that is not as the job needs it: found before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from job_scripts import Scripts
from services import KafkaBroker

IMPORTS = """
from pyflink.common.serialization import SimpleStringSchema
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import *
"""

READ = (
    IMPORTS
    + """
source = (KafkaSource.builder().set_bootstrap_servers("{bootstrap}").set_topics("{topic}").set_group_id("g")
    .set_starting_offsets(KafkaOffsetsInitializer.earliest()).set_bounded(KafkaOffsetsInitializer.latest())
    .set_value_only_deserializer(SimpleStringSchema()).build())
env.from_source(source, WatermarkStrategy.no_watermarks(), "events").map(lambda text: int(text)).print()
env.execute()
"""
)

WRITE = (
    IMPORTS
    + """
sink = (KafkaSink.builder().set_bootstrap_servers("{bootstrap}")
    .set_record_serializer(KafkaRecordSerializationSchema.builder().set_topic("{topic}")
        .set_value_serialization_schema(SimpleStringSchema()).build())
    .set_delivery_guarantee(DeliveryGuarantee.{guarantee}){more}.build())
env.from_collection(["a", "b"], Types.STRING()).sink_to(sink)
env.execute()
"""
)


@pytest.fixture
def topic() -> str:
    """A name that no other test uses."""
    return f"topic-{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def strict(kafka: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A broker that makes no topics by itself. Only where `kafka` runs."""
    with KafkaBroker(tmp_path_factory.mktemp("strict"), properties={"auto.create.topics.enable": "false"}) as broker:
        yield broker


def test_a_broker_that_cannot_be_reached_by_a_source(scripts: Scripts, topic: str) -> None:
    outcome = scripts.job(READ.format(bootstrap="127.0.0.1:1", topic=topic), timeout=90)
    said = outcome.failed()
    assert "127.0.0.1:1" in said and "bootstrap" in said
    assert outcome.out == ""


def test_a_broker_that_cannot_be_reached_by_a_sink(scripts: Scripts, topic: str) -> None:
    text = WRITE.format(bootstrap="127.0.0.1:1", topic=topic, guarantee="AT_LEAST_ONCE", more="")
    said = scripts.job(text, timeout=90).failed()
    assert "127.0.0.1:1" in said and "bootstrap" in said


def test_a_topic_that_a_source_does_not_find(scripts: Scripts, kafka: KafkaBroker, topic: str) -> None:
    outcome = scripts.job(READ.format(bootstrap=kafka.bootstrap, topic=topic))
    said = outcome.failed()
    assert topic in said and "topic" in said.replace(topic, "")
    assert "--create" in said, "it says how to make it"
    assert outcome.out == ""


def test_a_topic_that_a_sink_does_not_find(scripts: Scripts, strict: KafkaBroker, topic: str) -> None:
    text = WRITE.format(bootstrap=strict.bootstrap, topic=topic, guarantee="AT_LEAST_ONCE", more="")
    said = scripts.job(text).failed()
    assert topic in said and "does not exist" in said


def test_a_malformed_record(scripts: Scripts, kafka: KafkaBroker, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, ["1", "two", "3"])
    outcome = scripts.job(READ.format(bootstrap=kafka.bootstrap, topic=topic))
    said = outcome.failed()
    assert "ValueError: invalid literal for int() with base 10: 'two'" in said
    assert re.search(r"in operator 'Map', subtask 1/1\n\s+while processing the record 'two'", said)
    assert outcome.out == "1\n"


def test_exactly_once_without_a_prefix(scripts: Scripts, kafka: KafkaBroker, topic: str) -> None:
    kafka.create_topic(topic)
    text = WRITE.format(bootstrap=kafka.bootstrap, topic=topic, guarantee="EXACTLY_ONCE", more="")
    said = scripts.job(text).failed()
    assert "EXACTLY_ONCE" in said and "set_transactional_id_prefix" in said
    assert kafka.consume(topic, "read_uncommitted") == []


def test_a_transaction_timeout_above_the_brokers_maximum(scripts: Scripts, kafka: KafkaBroker, topic: str) -> None:
    kafka.create_topic(topic)
    more = f'.set_transactional_id_prefix("{topic}").set_property("transaction.timeout.ms", "7200000")'
    text = WRITE.format(bootstrap=kafka.bootstrap, topic=topic, guarantee="EXACTLY_ONCE", more=more)
    said = scripts.job(text).failed()
    assert "transaction.timeout.ms" in said and "7200000" in said
    assert "transaction.max.timeout.ms" in said and "900000" in said
    assert kafka.consume(topic, "read_uncommitted") == []


def test_a_property_that_the_client_does_not_take(scripts: Scripts, kafka: KafkaBroker, topic: str) -> None:
    kafka.create_topic(topic)
    more = '.set_property("linger.ms", "soon")'
    text = WRITE.format(bootstrap=kafka.bootstrap, topic=topic, guarantee="AT_LEAST_ONCE", more=more)
    said = scripts.job(text).failed()
    assert "the Kafka property linger.ms cannot be set" in said
