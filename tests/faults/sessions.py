"""The realtime-sessions job as it is published, with bounded input: what is substituted in it, and its events."""

from __future__ import annotations

import json
import random
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import Input, Place, Workload, partition_of
from system.realtime_sessions.events import make_events
from system.realtime_sessions.script import source

TOPICS = ("events",)
EVENTS, USERS = 2_400, 80


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Events of users, each user's in one partition; each comes out with its number among them."""
    inputs, expected = [], []
    for event in make_events(EVENTS, USERS, rng):
        inputs.append(Input(topics[0], partition_of(event.user, partitions), event.text()))
        expected.append(_canonical({**event.fields(), "rolling_count": event.nth}))
    # The versions of the script write the fields in different ways.
    return Workload(inputs, {out: expected}, {out: _place}, lambda line: _canonical(json.loads(line)))


def _canonical(fields: dict[str, object]) -> str:
    return json.dumps(fields, sort_keys=True)


def _place(line: str) -> tuple[str, int]:
    fields = json.loads(line)
    return fields["user_id"], fields["rolling_count"]


def command(plan: Schedule, life: int, place: Place) -> tuple[Path, list[str]]:
    """The script with its addresses and settings substituted, and an end for its input."""
    path, topic = place.folder / f"realtime_sessions-{life + 1}.py", place.topics[0]
    ends = enumerate(place.ends[topic])
    offsets = ", ".join(f'KafkaTopicPartition("{topic}", {number}): {end}' for number, end in ends)
    prefix = '.set_transactional_id_prefix("realtime-sessions-txn")'
    start = ".set_starting_offsets(KafkaOffsetsInitializer.earliest())"
    code = source()
    for old, new in [
        ('"kafka:9092"', f'"{place.brokers}"'),
        ("s3://my-bucket/flink/checkpoints/realtime-sessions", place.checkpoints),
        ('"60 s"', f'"{plan.interval_ms} ms"'),
        ("enable_checkpointing(60_000)", f"enable_checkpointing({plan.interval_ms})"),
        ("set_parallelism(4)", f"set_parallelism({plan.parallelism_of(life)})"),
        ('"rocksdb"', f'"{plan.backend}"'),
        ('"events.raw"', f'"{topic}"'),
        ('"events.enriched"', f'"{place.out}"'),
        ("realtime-sessions-v1", topic),
        (start, f"{start}.set_bounded(KafkaOffsetsInitializer.offsets({{{offsets}}}))"),
        (
            prefix,
            f'.set_transactional_id_prefix("{place.out}")'
            f".set_transaction_naming_strategy(TransactionNamingStrategy.{plan.naming})",
        ),
        ("    KafkaSource,\n", "    KafkaSource, KafkaTopicPartition, TransactionNamingStrategy,\n"),
    ]:
        assert old in code, f"the script does not contain {old}"
        code = code.replace(old, new)
    path.write_text(code, encoding="utf-8")
    return path, []
