"""The input of `jobs/join_with_rules.py`, and the same computation in plain Python."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload, partition_of

TOPICS = ("orders", "payments", "rules")
FIRST_MILLIS = 1_710_000_000_000
ORDERS, CUSTOMERS, REGIONS, RULES = 900, 80, 12, 60
MILLIS_PER_ORDER = 10


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Orders, their payments up to two seconds before or after, and rules that change all the while."""
    timed: list[tuple[int, str, int, dict[str, Any]]] = []
    orders, payments, rules = topics
    end = ORDERS * MILLIS_PER_ORDER
    pairs = []
    for number in range(ORDERS):
        customer, region = f"c{rng.randrange(CUSTOMERS)}", f"r{rng.randrange(REGIONS)}"
        partition = partition_of(customer, partitions)
        order: dict[str, Any] = {"order": number, "customer": customer, "region": region, "amount": rng.randrange(100)}
        payment: dict[str, Any] = {"order": number, "customer": customer, "amount": rng.randrange(100)}
        time = number * MILLIS_PER_ORDER
        order["time"] = FIRST_MILLIS + time
        payment["time"] = FIRST_MILLIS + max(0, time + rng.randrange(-2_000, 2_000))
        timed += [(order["time"], orders, partition, order), (payment["time"], payments, partition, payment)]
        pairs.append((order, payment))
    all_rules: list[dict[str, Any]] = []
    for _ in range(RULES):
        rule: dict[str, Any] = {"region": f"r{rng.randrange(REGIONS)}", "time": FIRST_MILLIS + rng.randrange(end)}
        rule["factor"] = rng.randrange(2, 10)
        if all((r["region"], r["time"]) != (rule["region"], rule["time"]) for r in all_rules):
            all_rules.append(rule)
            timed.append((rule["time"], rules, 0, rule))
    timed.sort(key=lambda one: one[0])
    inputs = [Input(topic, partition, json.dumps(record)) for _, topic, partition, record in timed]
    return Workload(inputs, {out: applied(pairs, all_rules)}, {out: _place})


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    topics, ends = ",".join(place.topics), json.dumps(place.ends)
    return JOBS / "join_with_rules.py", [place.brokers, topics, ends, place.out, plan.naming, str(plan.slow_us)]


def applied(pairs: list[tuple[dict[str, Any], dict[str, Any]]], rules: list[dict[str, Any]]) -> list[str]:
    """What has to come out: of each region a line per paid order, in the order of times."""
    by_region: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for order, payment in pairs:
        time = max(order["time"], payment["time"])
        by_region[order["region"]].append((time, order["order"], order["amount"] - payment["amount"]))
    lines = []
    for region, joined in by_region.items():
        total = 0
        of_region = sorted((rule["time"], rule["factor"]) for rule in rules if rule["region"] == region)
        for count, (time, number, left) in enumerate(sorted(joined), 1):
            factor = next((factor for at, factor in reversed(of_region) if at <= time), 1)
            total += factor * left
            lines.append(f"{region} {count} {number} {factor} {total}")
    return lines


def _place(line: str) -> tuple[str, int]:
    region, count, *_ = line.split()
    return region, int(count)
