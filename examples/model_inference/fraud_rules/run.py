"""Runs the fraud rules on a Kafka of its own, and compares what came out with plain Python."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "tests"), str(HERE.parent)]

from support import check, run_job  # noqa: E402

from services import KafkaBroker  # noqa: E402

PAYMENTS, CARDS, FIRST_MILLIS = 5_000, 50, 1_710_000_000_000

Record = dict[str, Any]


def made_rules() -> list[Record]:
    """Three rules, and one of them stricter after a while."""
    start = FIRST_MILLIS - 1
    return [
        {"rule": "dear", "time": start, "kind": "amount", "above": 900},
        {"rule": "often", "time": start, "kind": "count", "above": 4, "within_ms": 60_000},
        {"rule": "apart", "time": start, "kind": "countries", "above": 2, "within_ms": 60_000},
        {"rule": "dear", "time": FIRST_MILLIS + PAYMENTS * 300, "kind": "amount", "above": 500},
    ]


def made_payments() -> Iterator[Record]:
    """Payments of cards, out of order by up to four seconds."""
    rng = random.Random(11)
    for number in range(PAYMENTS):
        yield {
            "number": number,
            "card": f"c{rng.randrange(CARDS)}",
            "time": FIRST_MILLIS + number * 600 + rng.randrange(4_000),
            "amount": rng.randrange(1, 1_000),
            "country": rng.choice(["SE", "SE", "SE", "DK", "NO"]),
        }


def expected(payments: list[Record], rules: list[Record]) -> list[Record]:
    """What comes out, by number of payment."""
    of_card: dict[str, list[Record]] = defaultdict(list)
    judged = []
    for payment in sorted(payments, key=lambda payment: (payment["time"], payment["number"])):
        of_card[payment["card"]].append(payment)
        found = [name for name in ("apart", "dear", "often") if breaks(name, rules, of_card[payment["card"]])]
        judged.append({**payment, "broken": found})
    return sorted(judged, key=lambda payment: payment["number"])


def breaks(name: str, rules: list[Record], payments: list[Record]) -> bool:
    """Whether the last of a card's payments breaks the rule of that name."""
    last = payments[-1]
    rule = [rule for rule in rules if rule["rule"] == name and rule["time"] <= last["time"]][-1]
    if name == "dear":
        return bool(last["amount"] > rule["above"])
    near = [payment for payment in payments if payment["time"] > last["time"] - rule["within_ms"]]
    return (len(near) if name == "often" else len({payment["country"] for payment in near})) > rule["above"]


def main() -> None:
    payments, rules = list(made_payments()), made_rules()
    with tempfile.TemporaryDirectory() as folder, KafkaBroker(Path(folder) / "kafka") as broker:
        for topic, partitions in [("payments", 4), ("rules", 1), ("judged", 4)]:
            broker.create_topic(topic, partitions, config={"retention.ms": "-1"})
        for topic, records in [("payments", payments), ("rules", rules)]:
            times = [record["time"] for record in records]
            broker.produce(topic, [json.dumps(record) for record in records], timestamps=times)
        run_job(HERE / "job.py", broker.bootstrap, options=["-p", "2"])
        judged = [json.loads(record.value or b"") for record in broker.consume("judged")]
    judged.sort(key=lambda payment: payment["number"])
    wanted = expected(payments, rules)
    check(judged == wanted, f"{len(judged)} payments were judged, and not all as the {len(wanted)} were to be")
    found = sum(bool(payment["broken"]) for payment in judged)
    print(f"{len(judged)} payments judged, each once; {found} break a rule, as they should")


if __name__ == "__main__":
    main()
