"""Judges card payments by rules that change while the job runs: Kafka in, Kafka out, exactly once.

Payments are JSON such as {"card": "c1", "time": 1710000000000, "amount": 120, "country": "SE"}. Rules come from a topic
of their own and hold from their time on, until a rule of the same name takes their place:

    {"rule": "dear", "time": …, "kind": "amount", "above": 900}
    {"rule": "often", "time": …, "kind": "count", "above": 4, "within_ms": 60000}
    {"rule": "apart", "time": …, "kind": "countries", "above": 2, "within_ms": 60000}

The records' timestamps in Kafka are these times. Each payment comes out with the names of the rules that it breaks. It
waits until the watermark has passed it, so that the answer follows from the times in the data and not from what came
first.
"""

import json
import sys

from pyflink.common import Duration, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import DataStream, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from pyflink.datastream.functions import KeyedBroadcastProcessFunction
from pyflink.datastream.state import ListStateDescriptor, MapStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.STRING())
REMEMBERED_MS = 3_600_000


class Judge(KeyedBroadcastProcessFunction):
    """Keeps each card's payments of the last hour, and all rules."""

    def open(self, runtime_context: RuntimeContext):
        self.waiting = runtime_context.get_list_state(ListStateDescriptor("waiting", Types.STRING()))
        self.recent = runtime_context.get_list_state(ListStateDescriptor("recent", Types.STRING()))

    def process_element(self, value: str, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext):
        self.waiting.add(value)
        ctx.timer_service().register_event_time_timer(ctx.timestamp())

    def process_broadcast_element(self, value: str, ctx: KeyedBroadcastProcessFunction.Context):
        rule = json.loads(value)
        ctx.get_broadcast_state(RULES).put(f"{rule['time']:020} {rule['rule']}", value)

    def on_timer(self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext):
        rules = in_force([json.loads(rule) for _, rule in ctx.get_broadcast_state(RULES).items()], timestamp)
        waiting = [json.loads(value) for value in self.waiting.get()]
        self.waiting.update([json.dumps(payment) for payment in waiting if payment["time"] > timestamp])
        recent = [json.loads(value) for value in self.recent.get()]
        recent = [payment for payment in recent if payment["time"] > timestamp - REMEMBERED_MS]
        for payment in sorted((p for p in waiting if p["time"] <= timestamp), key=lambda p: p["number"]):
            recent.append(payment)
            yield json.dumps({**payment, "broken": broken(rules, recent)})
        self.recent.update([json.dumps(payment) for payment in recent])


def in_force(rules: list, time: int) -> list:
    """Of each name the newest rule that is not later than the time."""
    known = sorted((rule for rule in rules if rule["time"] <= time), key=lambda rule: rule["time"])
    return list({rule["rule"]: rule for rule in known}.values())


def broken(rules: list, payments: list) -> list:
    """Names of the rules that the last of a card's payments breaks."""
    return sorted(rule["rule"] for rule in rules if measure(rule, payments) > rule["above"])


def measure(rule: dict, payments: list) -> int:
    """What a rule compares with its limit."""
    last = payments[-1]
    if rule["kind"] == "amount":
        return last["amount"]
    within = [payment for payment in payments if payment["time"] > last["time"] - rule["within_ms"]]
    return len(within) if rule["kind"] == "count" else len({payment["country"] for payment in within})


def read(env: StreamExecutionEnvironment, brokers: str, topic: str) -> DataStream:
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(brokers)
        .set_topics(topic)
        .set_group_id("fraud-rules")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    return env.from_source(source, WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(5)), topic)


def main(brokers: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.enable_checkpointing(1_000)
    payments = read(env, brokers, "payments").key_by(lambda value: json.loads(value)["card"], Types.STRING())
    rules = read(env, brokers, "rules").broadcast(RULES)
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic("judged")
            .set_value_serialization_schema(SimpleStringSchema())
            .build()
        )
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix("fraud-rules")
        .build()
    )
    payments.connect(rules).process(Judge(), Types.STRING()).sink_to(sink)
    env.execute("fraud-rules")


if __name__ == "__main__":
    main(*sys.argv[1:])
