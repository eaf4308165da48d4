"""A real Kafka broker, and what a test does with one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from services.process import HERE, Service, ServiceError, cache_folder, free_ports

SASL_USER, SASL_PASSWORD = "streams", "streams-secret"


class Record(NamedTuple):
    """One record of a topic as a consumer sees it; the timestamp is in milliseconds."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class KafkaBroker(Service):
    """One broker on free ports, its data below `folder`.

    `properties` are more lines of server.properties, for example {"transaction.max.timeout.ms": "60000"}.
    With `sasl`, a second listener at `sasl_bootstrap` wants SASL_USER with SASL_PASSWORD (PLAIN or SCRAM-SHA-256).
    """

    script = HERE / "kafka.sh"

    def __init__(self, folder: Path, *, properties: Mapping[str, str] | None = None, sasl: bool = False) -> None:
        port, controller, sasl_port = free_ports(3)
        self.port = port
        self.bootstrap = f"127.0.0.1:{port}"
        environment = {
            "KAFKA_PORT": str(port),
            "KAFKA_CONTROLLER_PORT": str(controller),
            "KAFKA_PROPERTIES": "\n".join(f"{name}={value}" for name, value in (properties or {}).items()),
        }
        if sasl:
            self.sasl_bootstrap = f"127.0.0.1:{sasl_port}"
            environment |= {
                "KAFKA_SASL_PORT": str(sasl_port),
                "KAFKA_SASL_USER": SASL_USER,
                "KAFKA_SASL_PASSWORD": SASL_PASSWORD,
            }
        super().__init__(folder, environment)

    @classmethod
    def lacking(cls) -> str | None:
        if shutil.which("java") is None:
            return "the Kafka broker needs Java 17 or newer, and no java is on PATH"
        if shutil.which("mvn") is None and not any(cache_folder().glob("kafka-*/libs")):
            return "downloading the Kafka broker needs Maven, and no mvn is on PATH"
        return None

    def create_topic(self, name: str, partitions: int = 1, *, config: Mapping[str, str] | None = None) -> str:
        """Create the topic, return its name when the broker serves it."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 4})
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(config or {}))
        admin.create_topics([topic], operation_timeout=30)[name].result(timeout=60)
        return name

    def add_partitions(self, name: str, total: int) -> None:
        """Grow the topic to `total` partitions."""
        from confluent_kafka.admin import NewPartitions

        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_partitions([NewPartitions(name, total)], operation_timeout=30)[name].result(timeout=60)

    def produce(
        self,
        topic: str,
        values: Iterable[str | bytes | None],
        *,
        keys: Iterable[str | bytes | None] | None = None,
        partition: int | None = None,
        timestamps: Iterable[int] | None = None,
        headers: Sequence[tuple[str, bytes | None]] | None = None,
    ) -> None:
        """Write the values in their order and return when the broker has them all.

        `keys` and `timestamps` (milliseconds) go with the values one to one; `headers` are the same for all.
        """
        failures: list[KafkaError] = []

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                failures.append(error)

        producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5, "enable.idempotence": True})
        each_key, each_timestamp = iter(keys or ()), iter(timestamps or ())
        for value in values:
            options: dict[str, Any] = {"value": value, "on_delivery": delivered}
            if keys is not None:
                options["key"] = next(each_key)
            if timestamps is not None:
                options["timestamp"] = next(each_timestamp)
            if partition is not None:
                options["partition"] = partition
            if headers is not None:
                options["headers"] = list(headers)
            _enqueue(producer, topic, options)
        left = producer.flush(60)
        if left or failures:
            raise ServiceError(f"{topic}: {left} records not written, failures: {failures[:3]}")

    def consume(
        self, topic: str, isolation: str = "read_committed", *, at_least: int = 0, timeout: float = 60
    ) -> list[Record]:
        """All records of the topic up to its end, by partition and offset.

        With read_committed the end is the first open transaction. With `at_least`, goes on until there are that
        many; raises ServiceError when they have not come within `timeout` seconds.
        """
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "tests-read-to-end",
                "isolation.level": isolation,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            return _read_to_end(consumer, topic, at_least, timeout)
        finally:
            consumer.close()


def _enqueue(producer: Producer, topic: str, options: dict[str, Any]) -> None:
    """Hand one record to the producer, waiting for room in its queue."""
    while True:
        try:
            producer.produce(topic, **options)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def _read_to_end(consumer: Consumer, topic: str, at_least: int, timeout: float) -> list[Record]:
    partitions = consumer.list_topics(topic, timeout=timeout).topics[topic].partitions
    if not partitions:
        raise ServiceError(f"there is no topic {topic}")
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    records: list[Record] = []
    unfinished = set(partitions)
    while unfinished or len(records) < at_least:
        message = consumer.poll(timeout)
        if message is None:
            raise ServiceError(f"{topic}: {len(records)} records and then none for {timeout} s, wanted {at_least}")
        error = message.error()
        if error is None:
            records.append(_record(message))
        elif error.code() == KafkaError._PARTITION_EOF:
            unfinished.discard(message.partition())
        else:
            raise KafkaException(error)
    return sorted(records, key=lambda record: (record.partition, record.offset))


def _record(message: Message) -> Record:
    _kind, timestamp = message.timestamp()
    return Record(
        message.partition(), message.offset(), timestamp, message.key(), message.value(), message.headers() or []
    )
