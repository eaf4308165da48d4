"""Topics of the benchmark: `topics.py BOOTSTRAP create|fill|count|delete TOPIC [MESSAGES]`."""

from __future__ import annotations

import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

MESSAGE = b"m" * 100


def create(bootstrap: str, topic: str) -> None:
    client = AdminClient({"bootstrap.servers": bootstrap})
    client.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)


def delete(bootstrap: str, topic: str) -> None:
    client = AdminClient({"bootstrap.servers": bootstrap})
    client.delete_topics([topic])[topic].result(30)


def count(bootstrap: str, topic: str) -> int:
    """Messages in the only partition; 0 if there is no such topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "count"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
        return high - low
    except KafkaException:
        return 0
    finally:
        consumer.close()


def fill(bootstrap: str, topic: str, messages: int) -> None:
    """Tops the topic up to this many messages."""
    there = count(bootstrap, topic)
    if there == 0:
        create(bootstrap, topic)
    failed: list[str] = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for _ in range(messages - there):
        while not _queued(producer, topic, failed):
            producer.poll(0.1)
    producer.flush()
    if failed:
        raise SystemExit(f"{len(failed)} messages could not be produced: {failed[0]}")


def _queued(producer: Producer, topic: str, failed: list[str]) -> bool:
    try:
        producer.produce(topic, MESSAGE, on_delivery=lambda error, _: failed.append(str(error)) if error else None)
    except BufferError:
        return False
    producer.poll(0)
    return True


def main(bootstrap: str, verb: str, topic: str, messages: str = "0") -> None:
    if verb == "create":
        create(bootstrap, topic)
    elif verb == "delete":
        delete(bootstrap, topic)
    elif verb == "fill":
        fill(bootstrap, topic, int(messages))
    elif verb == "count":
        print(count(bootstrap, topic))
    else:
        raise SystemExit(f"unknown verb {verb}")


if __name__ == "__main__":
    main(*sys.argv[1:])
