"""Prints each record of a topic, and when the watermark has passed it.

timers_of_topic.py BROKERS TOPIC [IDLENESS_MS]
"""

import sys

from pyflink.common import Duration, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource


class Timers(KeyedProcessFunction):
    """A timer at the time of each record."""

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context):
        ctx.timer_service().register_event_time_timer(ctx.timestamp())
        yield f"read {value} of {ctx.timestamp()}"

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext):
        yield f"passed {timestamp}"


def main(brokers: str, topic: str, idleness_ms: str = "0") -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(brokers)
        .set_topics(topic)
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_property("partition.discovery.interval.ms", "200")
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    watermarks = WatermarkStrategy.for_monotonous_timestamps()
    if int(idleness_ms):
        watermarks = watermarks.with_idleness(Duration.of_millis(int(idleness_ms)))
    records = env.from_source(source, watermarks, "topic")
    records.key_by(lambda value: "all").process(Timers(), Types.STRING()).print()
    env.execute("timers of a topic")


if __name__ == "__main__":
    main(*sys.argv[1:])
