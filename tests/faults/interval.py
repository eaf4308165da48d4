"""The input of `jobs/interval_join.py`, and the same computation in plain Python."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload, partition_of

TOPICS = ("sent", "opened")
FIRST_MILLIS = 1_710_000_000_000
RECORDS, READERS = 1_000, 70
AFTER_MS = 1_500


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Two streams of readers' events, each in the order of its times."""
    inputs: list[tuple[int, Input]] = []
    times: list[dict[str, list[int]]] = []
    for topic in topics:
        of: dict[str, list[int]] = defaultdict(list)
        for number in range(RECORDS):
            reader, time = f"r{rng.randrange(READERS)}", FIRST_MILLIS + number * 8 + rng.randrange(8)
            record = json.dumps({"reader": reader, "time": time})
            inputs.append((time, Input(topic, partition_of(reader, partitions), record)))
            of[reader].append(time)
        times.append(of)
    sent, opened = times
    expected = [
        f"{reader} {first} {then}"
        for reader, firsts in sent.items()
        for first in firsts
        for then in opened[reader]
        if 0 <= then - first <= AFTER_MS
    ]
    inputs.sort(key=lambda one: one[0])
    return Workload([record for _, record in inputs], {out: expected})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    topics, ends = ",".join(place.topics), json.dumps(place.ends)
    return JOBS / "interval_join.py", [place.brokers, topics, ends, place.out, plan.naming, str(plan.slow_us)]
