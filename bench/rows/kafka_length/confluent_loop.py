"""The length of each of the first n messages of a topic, at least once: n, bootstrap, source topic, target topic.

Offsets are committed every two seconds, after what was produced before has been acknowledged: the interval of the job's
checkpoints.
"""

import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

COMMIT_EVERY = 2.0


def main(n: int, bootstrap: str, source_topic: str, target_topic: str) -> None:
    length = lambda text: str(len(text))  # noqa: E731  the very function of the job
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 1_000_000})
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "confluent_loop", "enable.auto.commit": False})
    consumer.assign([TopicPartition(source_topic, 0, 0)])
    done = 0
    committed = time.monotonic()
    while done < n:
        for message in consumer.consume(min(1_000, n - done), 1.0):
            if message.error():
                raise SystemExit(str(message.error()))
            result = length(message.value().decode()).encode()
            try:
                producer.produce(target_topic, result)
            except BufferError:
                producer.poll(0.1)
                producer.produce(target_topic, result)
            done += 1
        producer.poll(0)
        if time.monotonic() - committed > COMMIT_EVERY:
            producer.flush()
            consumer.commit(asynchronous=True)
            committed = time.monotonic()
    producer.flush()
    consumer.commit(asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
