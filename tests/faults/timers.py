"""The input of `jobs/timers_and_maps.py`, and the same computation in plain Python."""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload, partition_of

TOPICS = ("readings",)
FIRST_MILLIS = 1_710_000_000_000
OUT_OF_ORDER_MS, SILENCE_MS = 200, 400
READINGS, SENSORS, LATE_SHARE = 2_400, 60, 0.06


def workload(topics: list[str], _out: str, partitions: int, rng: random.Random) -> Workload:
    """Readings whose times rise, out of order within what the watermark allows, and some that are late."""
    inputs, readings, newest = [], [], [FIRST_MILLIS] * partitions
    for number in range(READINGS):
        sensor = f"s{rng.randrange(SENSORS)}"
        partition = partition_of(sensor, partitions)
        watermark = newest[partition] - OUT_OF_ORDER_MS - 1
        now = FIRST_MILLIS + number * 5
        late = rng.random() < LATE_SHARE
        time = watermark - rng.randrange(3_000) if late else max(now - rng.randrange(OUT_OF_ORDER_MS), watermark + 1)
        newest[partition] = max(newest[partition], time)
        reading = {
            "number": number,
            "sensor": sensor,
            "time": time,
            "watermark": watermark,
            "kind": rng.choice("abc"),
            "amount": rng.randrange(100),
        }
        readings.append(reading)
        inputs.append(Input(topics[0], partition, json.dumps(reading)))
    main, late_lines = added_up(readings)
    return Workload(inputs, {"main": main, "late": late_lines})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    to = str(place.folder / "out")
    return JOBS / "timers_and_maps.py", [place.brokers, place.topics[0], json.dumps(place.ends), to, str(plan.slow_us)]


def added_up(readings: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What has to come out: sums in the order of times, silences, and the late readings."""
    by_sensor: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    counts: Counter[tuple[str, str]] = Counter()
    late = []
    for reading in readings:
        sensor, kind = reading["sensor"], reading["kind"]
        if reading["time"] <= reading["watermark"]:
            counts[sensor, kind] += 1
            late.append(f"{sensor} {reading['number']} {kind} {counts[sensor, kind]}")
        else:
            by_sensor[sensor][reading["time"]].append(reading)
    return [line for sensor, waiting in by_sensor.items() for line in _of_sensor(sensor, waiting)], late


def _of_sensor(sensor: str, waiting: dict[int, list[dict[str, Any]]]) -> list[str]:
    lines, total, deadline = [], 0, None
    timers = list(waiting)
    heapq.heapify(timers)
    while timers:
        time = heapq.heappop(timers)
        if time in waiting:
            for reading in waiting.pop(time):
                total += reading["amount"]
                lines.append(f"{sensor} {reading['number']} {time} {total}")
            deadline = time + SILENCE_MS
            heapq.heappush(timers, deadline)
        elif time == deadline:
            lines.append(f"{sensor} silent {time} {total}")
            deadline = None
    return lines
