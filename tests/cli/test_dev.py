"""`penstock dev kafka`: an embedded Kafka."""

from __future__ import annotations

import signal

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from job_scripts import Scripts
from penstock._cli.main import main


def test_kafka(scripts: Scripts) -> None:
    started = scripts.start("dev", "kafka", "--topic", "events:3", "--topic", "out")
    bootstrap = started.line()
    topics = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=20).topics
    assert {name: len(topic.partitions) for name, topic in topics.items()} == {"events": 3, "out": 1}
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce("out", b"hello")
    assert producer.flush(20) == 0
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe(["out"])
    message = consumer.poll(20)
    assert message is not None and message.value() == b"hello"
    consumer.close()
    outcome = started.signal(signal.SIGTERM)
    assert outcome.code == 0 and outcome.seconds < 2.5
    assert outcome.err == ""


def test_wrong_calls(scripts: Scripts) -> None:
    for topic in ("events:many", "events:0", ":3"):
        assert f"--topic takes NAME or NAME:PARTITIONS, not {topic!r}" in scripts.run(
            "dev", "kafka", "--topic", topic
        ).failed(2)
    scripts.run("dev").failed(2)


def test_a_command_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devel", "kafka"]) == 2
    assert "there is no command 'devel'" in capsys.readouterr().err
