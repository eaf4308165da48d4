"""The services that the other tests rely on do what those tests believe."""

from __future__ import annotations

import urllib.error
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from services import KafkaBroker, Kubernetes, PostgresServer, S3Server, ServiceError
from services.kafka import SASL_PASSWORD, SASL_USER
from services.missing import end_for_lack_of


def test_records_come_back_as_they_were_written(kafka: KafkaBroker) -> None:
    topic = kafka.create_topic("services.records", partitions=2)
    headers = [("source", b"test")]
    kafka.produce(topic, ["a", "b"], keys=["k", None], partition=1, timestamps=[5, 6], headers=headers)

    first, second = kafka.consume(topic)

    assert first == (1, 0, 5, b"k", b"a", headers)
    assert (second.offset, second.key, second.value) == (1, None, b"b")


def test_read_committed_sees_only_committed_transactions(kafka: KafkaBroker) -> None:
    topic = kafka.create_topic("services.transactions")
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": "services"})
    producer.init_transactions(30)
    for value, end in [("kept", producer.commit_transaction), ("dropped", producer.abort_transaction)]:
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush(30)
        end(30)

    assert [record.value for record in kafka.consume(topic)] == [b"kept"]
    assert [record.value for record in kafka.consume(topic, "read_uncommitted")] == [b"kept", b"dropped"]


def test_a_topic_that_is_not_there_is_an_error(kafka: KafkaBroker) -> None:
    with pytest.raises(ServiceError, match=r"no topic services\.absent"):
        kafka.consume("services.absent", timeout=10)


@pytest.mark.usefixtures("kafka")
def test_a_killed_broker_comes_back_with_its_data(tmp_path: Path) -> None:
    with KafkaBroker(tmp_path / "broker", sasl=True) as broker:
        broker.produce(broker.create_topic("survivor"), ["still here"])
        broker.kill()
        broker.start()
        assert [record.value for record in broker.consume("survivor")] == [b"still here"]
        assert _topics_as(broker, "SCRAM-SHA-256", SASL_PASSWORD) >= {"survivor"}
        assert _topics_as(broker, "PLAIN", SASL_PASSWORD) >= {"survivor"}
        with pytest.raises(KafkaException):
            _topics_as(broker, "PLAIN", "wrong", timeout=2)


def _topics_as(broker: KafkaBroker, mechanism: str, password: str, timeout: float = 30) -> set[str]:
    """The topics that SASL_USER sees through the listener that wants a user."""
    client = AdminClient(
        {
            "bootstrap.servers": broker.sasl_bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": SASL_USER,
            "sasl.password": password,
            "log_level": 0,
        }
    )
    return set(client.list_topics(timeout=timeout).topics)


def test_an_object_is_a_file_of_its_bucket(s3: S3Server) -> None:
    bucket = s3.bucket("services")
    assert s3.bucket("services") == bucket, "making it again is no error"

    s3.request("PUT", f"/{bucket}/folder/object", b"content")

    assert s3.keys(bucket) == ["folder/object"]
    assert (s3.files(bucket) / "folder/object").read_bytes() == b"content"
    assert s3.request("GET", f"/{bucket}/folder/object") == b"content"


def test_a_wrong_key_is_refused(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "secret_key", "wrong")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        s3.request("GET", "/")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_fails_only_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("SERVICES_CACHE", "/nowhere")
    reasons = [KafkaBroker.lacking(), S3Server.lacking(), Kubernetes.lacking()]
    for reason in reasons:
        assert reason is not None
        with pytest.raises(outcome, match="on PATH"):
            end_for_lack_of(reason)


@pytest.mark.usefixtures("postgres")
def test_a_killed_database_comes_back_with_what_was_prepared(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "database") as server:
        server.query("create table t (n int); begin; insert into t values (7); prepare transaction 'it'")
        server.kill()
        server.start()
        assert server.query("select gid from pg_prepared_xacts") == ["it"]
        server.query("commit prepared 'it'")
        assert server.query("select n from t") == ["7"]
    with pytest.raises(ServiceError, match="refused"):
        server.query("select 1")
