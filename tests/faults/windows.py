"""The input of `jobs/session_windows.py`, and the same computation in plain Python."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload, partition_of

TOPICS = ("visits",)
FIRST_MILLIS = 1_710_000_000_000
OUT_OF_ORDER_MS, GAP_MS = 200, 301
VISITS, VISITORS = 2_400, 60


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Visits at even milliseconds, out of order within what the watermark allows; the odd gap ends at none of them."""
    inputs, newest = [], [FIRST_MILLIS] * partitions
    by_visitor: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number in range(VISITS):
        visitor, amount = f"v{rng.randrange(VISITORS)}", rng.randrange(100)
        partition = partition_of(visitor, partitions)
        watermark = newest[partition] - OUT_OF_ORDER_MS - 1
        time = max(FIRST_MILLIS + number * 6 - rng.randrange(OUT_OF_ORDER_MS), watermark + 1)
        time += time % 2
        newest[partition] = max(newest[partition], time)
        by_visitor[visitor].append((time, amount))
        record = {"visitor": visitor, "time": time, "amount": amount}
        inputs.append(Input(topics[0], partition, json.dumps(record)))
    return Workload(inputs, {out: [line for visitor, of in by_visitor.items() for line in _sessions(visitor, of)]})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    ends = json.dumps(place.ends)
    return JOBS / "session_windows.py", [
        place.brokers,
        place.topics[0],
        ends,
        place.out,
        plan.naming,
        str(plan.slow_us),
    ]


def _sessions(visitor: str, visits: list[tuple[int, int]]) -> list[str]:
    sessions: list[list[tuple[int, int]]] = []
    for visit in sorted(visits):
        if not sessions or visit[0] > sessions[-1][-1][0] + GAP_MS:
            sessions.append([])
        sessions[-1].append(visit)
    return [
        f"{visitor} {session[0][0]} {session[-1][0] + GAP_MS} {len(session)} {sum(amount for _, amount in session)}"
        for session in sessions
    ]
