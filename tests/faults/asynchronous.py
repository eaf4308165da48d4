"""The input of `jobs/async_calls.py`, and the same computation in plain Python."""

from __future__ import annotations

import json
import random
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload

TOPICS = ("questions",)
QUESTIONS = 1_200


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Questions, and how many milliseconds each takes."""
    inputs, expected = [], []
    for number in range(QUESTIONS):
        question = {"number": number, "millis": rng.choice([0, 0, 1, 5, 20]), "amount": rng.randrange(1_000)}
        inputs.append(Input(topics[0], number % partitions, json.dumps(question)))
        expected.append(f"{number} {question['amount'] * 2}")
    return Workload(inputs, {out: expected})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    return JOBS / "async_calls.py", [place.brokers, place.topics[0], json.dumps(place.ends), place.out, plan.naming]
