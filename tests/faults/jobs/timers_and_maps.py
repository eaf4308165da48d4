"""Adds up readings of sensors in the order of their times: timers_and_maps.py BROKERS TOPIC ENDS TO SLOW_US.

Each reading says which watermark held when it was written, and is late by that one: when the engine's own comes is
nobody's choice, but it is never ahead of it.
"""

import json
import sys
import time

from pyflink.common import Duration, Encoder, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import KeyedProcessFunction, OutputTag, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, RollingPolicy
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource, KafkaTopicPartition
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

OUT_OF_ORDER_MS, SILENCE_MS = 200, 400
LATE = OutputTag("late", Types.STRING())


class Time(TimestampAssigner):
    """The time in the reading."""

    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        return json.loads(value)["time"]


class AddUp(KeyedProcessFunction):
    """Waits with each reading until the watermark has passed it; says when a sensor has been silent."""

    def __init__(self, slow_us: int) -> None:
        self.seconds = slow_us / 1e6

    def open(self, runtime_context: RuntimeContext):
        self.waiting = runtime_context.get_map_state(
            MapStateDescriptor("waiting", Types.LONG(), Types.PICKLED_BYTE_ARRAY())
        )
        self.late = runtime_context.get_map_state(MapStateDescriptor("late", Types.STRING(), Types.LONG()))
        self.total = runtime_context.get_state(ValueStateDescriptor("total", Types.LONG()))
        self.deadline = runtime_context.get_state(ValueStateDescriptor("deadline", Types.LONG()))

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context):
        time.sleep(self.seconds)
        reading = json.loads(value)
        at, kind = reading["time"], reading["kind"]
        if at <= reading["watermark"]:
            count = (self.late.get(kind) or 0) + 1
            self.late.put(kind, count)
            yield LATE, f"{ctx.get_current_key()} {reading['number']} {kind} {count}"
            return
        waiting = self.waiting.get(at) or []
        waiting.append((reading["number"], reading["amount"]))
        self.waiting.put(at, waiting)
        ctx.timer_service().register_event_time_timer(at)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext):
        key, total, deadline = ctx.get_current_key(), self.total.value() or 0, self.deadline.value()
        if self.waiting.contains(timestamp):
            for number, amount in self.waiting.get(timestamp):
                total += amount
                yield f"{key} {number} {timestamp} {total}"
            self.waiting.remove(timestamp)
            self.total.update(total)
            # A key has one timer of a time: it may be a reading's too.
            if deadline is not None and not self.waiting.contains(deadline):
                ctx.timer_service().delete_event_time_timer(deadline)
            self.deadline.update(timestamp + SILENCE_MS)
            ctx.timer_service().register_event_time_timer(timestamp + SILENCE_MS)
        elif timestamp == deadline:
            self.deadline.clear()
            yield f"{key} silent {timestamp} {total}"


def main(brokers: str, topic: str, ends: str, to: str, slow_us: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    offsets = {KafkaTopicPartition(topic, number): end for number, end in enumerate(json.loads(ends)[topic])}
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(brokers)
        .set_topics(topic)
        .set_group_id(topic)
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.offsets(offsets))
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    watermarks = WatermarkStrategy.for_bounded_out_of_orderness(
        Duration.of_millis(OUT_OF_ORDER_MS)
    ).with_timestamp_assigner(Time())
    added = (
        env.from_source(source, watermarks, "readings")
        .key_by(lambda value: json.loads(value)["sensor"], Types.STRING())
        .process(AddUp(int(slow_us)), Types.STRING())
    )
    for name, lines in (("main", added), ("late", added.get_side_output(LATE))):
        sink = FileSink.for_row_format(f"{to}/{name}", Encoder.simple_string_encoder())
        lines.sink_to(sink.with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy()).build())
    env.execute("timers and maps")


if __name__ == "__main__":
    main(*sys.argv[1:])
