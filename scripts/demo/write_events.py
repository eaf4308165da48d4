"""Writes sample events to Kafka: `write_events.py BOOTSTRAP TOPIC COUNT`."""

import json
import random
import sys
import time

from pyflink.common import Types
from pyflink.common.serialization import SimpleStringSchema
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaRecordSerializationSchema, KafkaSink

KINDS = ["view", "click", "search", "purchase"]


def sample_events(count: int) -> list[str]:
    """`count` events of five users, some of them late by up to three seconds; the same ones every time."""
    generator = random.Random(7)
    began = int(time.time() * 1000)
    events = []
    for number in range(count):
        moment = began + 100 * number - generator.randrange(3000)
        event = {"user_id": f"u{generator.randint(1, 5)}", "event_time_ms": moment, "event": generator.choice(KINDS)}
        events.append(json.dumps(event))
    return events


def main() -> None:
    bootstrap, topic, count = sys.argv[1:]
    serializer = (
        KafkaRecordSerializationSchema.builder()
        .set_topic(topic)
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    sink = KafkaSink.builder().set_bootstrap_servers(bootstrap).set_record_serializer(serializer).build()
    env = StreamExecutionEnvironment.get_execution_environment()
    env.from_collection(sample_events(int(count)), Types.STRING()).sink_to(sink)
    env.execute("write-events")


if __name__ == "__main__":
    main()
