"""Latency of a running job from topic to topic: `probe.py BOOTSTRAP SOURCE TARGET RATE WARM_UP_SECONDS SECONDS`.

One process sends messages that carry the moment they were handed to the client, another receives what the job made of
them and compares with the same monotonic clock. Prints one JSON object with milliseconds.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time

from confluent_kafka import Consumer, Message, Producer, TopicPartition

PATIENCE = 60.0
"""Seconds that a job may take to begin, and that messages may take to arrive."""


def send(bootstrap: str, topic: str, rate: int, messages: int) -> None:
    """Sends by the clock; after a stall it sends what is due at once."""
    producer = Producer({"bootstrap.servers": bootstrap})
    began = time.monotonic_ns()
    sent = 0
    while sent < messages:
        due = min(messages, (time.monotonic_ns() - began) * rate // 1_000_000_000 + 1)
        while sent < due:
            producer.produce(topic, stamp())
            sent += 1
        producer.poll(0.001)
    producer.flush()


def stamp() -> bytes:
    """A message of 100 bytes that begins with the time."""
    return b"%-100d" % time.monotonic_ns()


def next_message(consumer: Consumer, until: float) -> Message:
    while (left := until - time.monotonic()) > 0:
        message = consumer.poll(min(left, 1.0))
        if message is None:
            continue
        if message.error():
            raise SystemExit(f"receiving failed: {message.error()}")
        return message
    raise SystemExit(f"nothing arrived for {PATIENCE:.0f} s")


def await_job(bootstrap: str, source: str, consumer: Consumer) -> None:
    """Sends one message and waits until the job has passed it on."""
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(source, stamp())
    producer.flush()
    next_message(consumer, time.monotonic() + PATIENCE)


def receive(consumer: Consumer, messages: int) -> list[float]:
    """Milliseconds that each message took, in the order of arrival."""
    latencies = []
    for _ in range(messages):
        message = next_message(consumer, time.monotonic() + PATIENCE)
        latencies.append((time.monotonic_ns() - int(message.value())) / 1e6)
    return latencies


def main(bootstrap: str, source: str, target: str, rate: int, warm_up: int, seconds: int) -> None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "probe", "enable.auto.commit": False})
    consumer.assign([TopicPartition(target, 0, 0)])
    await_job(bootstrap, source, consumer)
    messages = rate * (warm_up + seconds)
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(bootstrap, source, rate, messages))
    sender.start()
    latencies = sorted(receive(consumer, messages)[rate * warm_up :])
    sender.join()
    consumer.close()
    figures = {name: latencies[int(len(latencies) * share)] for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(json.dumps({**figures, "max": latencies[-1], "messages": len(latencies)}))


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
