"""The input of `jobs/python_connectors.py`, and the same computation in plain Python."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload, partition_of

TOPICS = ("words",)
WORDS, RECORDS = 70, 3_000


def workload(topics: list[str], _out: str, partitions: int, rng: random.Random) -> Workload:
    """Words with a number that says where they were; those of one word in one partition."""
    inputs, counts, lines = [], Counter[str](), []
    for number in range(RECORDS):
        word = f"w{rng.randrange(WORDS)}"
        counts[word] += 1
        inputs.append(Input(topics[0], partition_of(word, partitions), f"{word} {number}"))
        lines.append(f"{word} {number} {counts[word]}")
    return Workload(inputs, {"main": lines})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    arguments = [place.brokers, place.topics[0], json.dumps(place.ends), str(place.folder / "out"), str(plan.slow_us)]
    return JOBS / "python_connectors.py", arguments
