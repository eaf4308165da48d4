"""Keeps features of customers up to date: Kafka in, a hash for each customer in Redis out.

Purchases are JSON such as {"customer": "c1", "time": 1710000000000, "amount": 120}; the key in Kafka is the customer,
so that each customer's purchases come in order. A customer's features as of the newest purchase:

- `count_1h`: purchases of the last hour, this one included
- `per_minute`: purchases a minute, over the last ten minutes
- `recent_amount`: the sum of all amounts, of which half is forgotten every half an hour

They are written whole, so that writing them again after a failure changes nothing: the effect is exactly once.
"""

import argparse
import json
from pathlib import Path

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource
from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor

from penstock.connectors.redis import RedisCommand, RedisSink

MINUTE = 60_000
HALF_LIFE = 30 * MINUTE


class Features(KeyedProcessFunction):
    """Remembers the times of the last hour, and the decayed sum with the time that it is of."""

    def open(self, runtime_context: RuntimeContext):
        self.times = runtime_context.get_list_state(ListStateDescriptor("times", Types.LONG()))
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.TUPLE([Types.DOUBLE(), Types.LONG()])))

    def process_element(self, value: dict, ctx: KeyedProcessFunction.Context):
        now = value["time"]
        times = [time for time in self.times.get() if time > now - 60 * MINUTE] + [now]
        self.times.update(times)
        before, then = self.sum.value() or (0.0, now)
        amount = before * 0.5 ** ((now - then) / HALF_LIFE) + value["amount"]
        self.sum.update((amount, now))
        features = {
            "time": now,
            "count_1h": len(times),
            "per_minute": sum(time > now - 10 * MINUTE for time in times) / 10,
            "recent_amount": amount,
        }
        yield ctx.get_current_key(), features


def main(bootstrap: str, redis: str, password_file: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    purchases = (
        KafkaSource.builder()
        .set_bootstrap_servers(bootstrap)
        .set_topics("purchases")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        # The example ends where the topic ends. Without this line it goes on with what comes.
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    sink = (
        RedisSink.builder()
        .set_url(redis)
        .set_password(Path(password_file).read_text())
        .set_commands(lambda record: RedisCommand.hset(f"customer:{record[0]}", record[1]))
        .build()
    )
    values = env.from_source(purchases, WatermarkStrategy.no_watermarks(), "purchases").map(json.loads)
    values.key_by(lambda value: value["customer"], Types.STRING()).process(Features()).sink_to(sink)
    env.execute("features of customers")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    for name in ("bootstrap", "redis", "password-file"):
        arguments.add_argument(f"--{name}", required=True)
    main(**vars(arguments.parse_args()))
