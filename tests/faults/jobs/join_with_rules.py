"""Joins orders with payments, applies a rule: join_with_rules.py BROKERS TOPICS ENDS OUT NAMING SLOW_US.

TOPICS are those of orders, payments and rules, separated by commas. Whatever comes first, everything waits for the
watermark, so that the output follows from the times in the data.
"""

import json
import sys
import time

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
    TransactionNamingStrategy,
)
from pyflink.datastream.functions import KeyedBroadcastProcessFunction, KeyedCoProcessFunction
from pyflink.datastream.state import ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.LONG())


class Time(TimestampAssigner):
    """The time in the record."""

    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        return json.loads(value)["time"]


class Join(KeyedCoProcessFunction):
    """Of each customer: an order and its payment, at the later one's time."""

    def __init__(self, slow_us: int) -> None:
        self.seconds = slow_us / 1e6

    def open(self, runtime_context: RuntimeContext):
        self.orders = runtime_context.get_map_state(MapStateDescriptor("orders", Types.LONG(), Types.STRING()))
        self.payments = runtime_context.get_map_state(MapStateDescriptor("payments", Types.LONG(), Types.STRING()))
        self.due = runtime_context.get_map_state(MapStateDescriptor("due", Types.LONG(), Types.PICKLED_BYTE_ARRAY()))

    def process_element1(self, value: str, ctx: KeyedCoProcessFunction.Context):
        self.arrived(value, self.orders, self.payments, ctx)

    def process_element2(self, value: str, ctx: KeyedCoProcessFunction.Context):
        self.arrived(value, self.payments, self.orders, ctx)

    def arrived(self, value, own, others, ctx) -> None:
        time.sleep(self.seconds)
        record = json.loads(value)
        own.put(record["order"], value)
        other = others.get(record["order"])
        if other is not None:
            later = max(record["time"], json.loads(other)["time"])
            self.due.put(later, [*(self.due.get(later) or []), record["order"]])
            ctx.timer_service().register_event_time_timer(later)

    def on_timer(self, timestamp: int, ctx: KeyedCoProcessFunction.OnTimerContext):
        for number in sorted(self.due.get(timestamp)):
            order, payment = json.loads(self.orders.get(number)), json.loads(self.payments.get(number))
            self.orders.remove(number)
            self.payments.remove(number)
            open_amount = order["amount"] - payment["amount"]
            yield json.dumps({"order": number, "region": order["region"], "open": open_amount, "time": timestamp})
        self.due.remove(timestamp)


class Apply(KeyedBroadcastProcessFunction):
    """Of each region: what is open, times the factor of the newest rule of that time, added up."""

    def open(self, runtime_context: RuntimeContext):
        self.waiting = runtime_context.get_list_state(ListStateDescriptor("waiting", Types.STRING()))
        self.total = runtime_context.get_state(ValueStateDescriptor("total", Types.LONG()))
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: str, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext):
        self.waiting.add(value)
        ctx.timer_service().register_event_time_timer(json.loads(value)["time"])

    def process_broadcast_element(self, value: str, ctx: KeyedBroadcastProcessFunction.Context):
        rule = json.loads(value)
        ctx.get_broadcast_state(RULES).put(f"{rule['region']} {rule['time']}", rule["factor"])

    def on_timer(self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext):
        region = ctx.get_current_key()
        rules = [(key.split(), factor) for key, factor in ctx.get_broadcast_state(RULES).items()]
        of_region = [(int(since), factor) for (name, since), factor in rules if name == region]
        _, factor = max((rule for rule in of_region if rule[0] <= timestamp), default=(0, 1))
        joined = [json.loads(value) for value in self.waiting.get()]
        self.waiting.update([json.dumps(record) for record in joined if record["time"] != timestamp])
        total, count = self.total.value() or 0, self.count.value() or 0
        for record in sorted((r for r in joined if r["time"] == timestamp), key=lambda r: r["order"]):
            total, count = total + factor * record["open"], count + 1
            yield f"{region} {count} {record['order']} {factor} {total}"
        self.total.update(total)
        self.count.update(count)


def read(env: StreamExecutionEnvironment, brokers: str, topic: str, ends: dict):
    offsets = {KafkaTopicPartition(topic, number): end for number, end in enumerate(ends[topic])}
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
    watermarks = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Time())
    return env.from_source(source, watermarks, topic)


def main(brokers: str, topics: str, ends: str, out: str, naming: str, slow_us: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    orders, payments, rules = (read(env, brokers, topic, json.loads(ends)) for topic in topics.split(","))
    joined = (
        orders.key_by(lambda value: json.loads(value)["customer"], Types.STRING())
        .connect(payments.key_by(lambda value: json.loads(value)["customer"], Types.STRING()))
        .process(Join(int(slow_us)), Types.STRING())
    )
    applied = (
        joined.key_by(lambda value: json.loads(value)["region"], Types.STRING())
        .connect(rules.broadcast(RULES))
        .process(Apply(), Types.STRING())
    )
    values = KafkaRecordSerializationSchema.builder().set_topic(out)
    applied.sink_to(
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(values.set_value_serialization_schema(SimpleStringSchema()).build())
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix(out)
        .set_transaction_naming_strategy(TransactionNamingStrategy[naming])
        .build()
    )
    env.execute("join with rules")


if __name__ == "__main__":
    main(*sys.argv[1:])
