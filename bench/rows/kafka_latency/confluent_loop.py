"""Topic, map, topic, until it is stopped: bootstrap, source topic, target topic.

Messages are taken one by one: asking for many at once would wait for them.
"""

import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

COMMIT_EVERY = 2.0


def main(bootstrap: str, source_topic: str, target_topic: str) -> None:
    change = lambda text: text.upper()  # noqa: E731  the very function of the job
    producer = Producer({"bootstrap.servers": bootstrap})
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "confluent_loop", "enable.auto.commit": False})
    consumer.assign([TopicPartition(source_topic, 0, 0)])
    committed = time.monotonic()
    while True:
        message = consumer.poll(0.1)
        if message is None:
            continue
        if message.error():
            raise SystemExit(str(message.error()))
        producer.produce(target_topic, change(message.value().decode()).encode())
        producer.poll(0)
        if time.monotonic() - committed > COMMIT_EVERY:
            producer.flush()
            consumer.commit(asynchronous=True)
            committed = time.monotonic()


if __name__ == "__main__":
    main(*sys.argv[1:])
