"""Keeps the features in a Redis of its own, kills the job on the way, and compares the end with plain Python."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "tests"), str(HERE.parent)]

from support import check, run_job  # noqa: E402

from services import KafkaBroker, RedisServer  # noqa: E402

PURCHASES, CUSTOMERS, FIRST_MILLIS = 20_000, 100, 1_710_000_000_000
KILLED_AT = {"PENSTOCK_TESTING_KILL_POINT": "checkpoint-before-metadata:2"}
"""Where the first life of the job ends, as if by `kill -9`: what came after the first checkpoint is done again."""


def made_purchases() -> list[dict[str, object]]:
    """Purchases of customers, in the order of their times."""
    rng = random.Random(5)
    return [
        {
            "customer": f"c{rng.randrange(CUSTOMERS)}",
            "time": FIRST_MILLIS + number * 2_000 + rng.randrange(2_000),
            "amount": rng.randrange(1, 1_000),
        }
        for number in range(PURCHASES)
    ]


def expected(purchases: list[dict[str, object]]) -> dict[str, dict[str, float]]:
    """The features of each customer as of its last purchase."""
    of_customer = defaultdict(list)
    for purchase in purchases:
        of_customer[purchase["customer"]].append((purchase["time"], purchase["amount"]))
    features = {}
    for customer, bought in of_customer.items():
        now = bought[-1][0]
        features[customer] = {
            "time": now,
            "count_1h": sum(time > now - 3_600_000 for time, _ in bought),
            "per_minute": sum(time > now - 600_000 for time, _ in bought) / 10,
            "recent_amount": sum(amount * 0.5 ** ((now - time) / 1_800_000) for time, amount in bought),
        }
    return features


def is_close(one: float, other: float) -> bool:
    return abs(one - other) < 1e-6 * max(1, abs(other))


def main() -> None:
    purchases = made_purchases()
    with (
        tempfile.TemporaryDirectory() as folder,
        KafkaBroker(Path(folder) / "kafka") as broker,
        RedisServer(Path(folder) / "redis") as server,
    ):
        broker.create_topic("purchases", 4)
        keys = [str(purchase["customer"]) for purchase in purchases]
        broker.produce("purchases", [json.dumps(purchase) for purchase in purchases], keys=keys)
        password = Path(folder) / "password"
        password.write_text(server.password)
        options = ["-p", "2"]
        for setting in ("interval=50 ms", f"dir={(Path(folder) / 'checkpoints').as_uri()}"):
            options += ["-D", f"execution.checkpointing.{setting}"]
        arguments = ["--bootstrap", broker.bootstrap, "--redis", server.url, "--password-file", str(password)]
        command = [sys.executable, "-m", "penstock", "run", *options, str(HERE / "job.py"), *arguments]
        killed = subprocess.run(command, env={**os.environ, **KILLED_AT}).returncode
        check(killed == -signal.SIGKILL, f"the first life ended with {killed}")
        run_job(HERE / "job.py", *arguments, options=["-s", "latest", *options])
        stored = {key: server.hash(f"customer:{key}") for key in sorted(set(keys))}
    wanted = expected(purchases)
    for customer, features in wanted.items():
        got = {name: float(value) for name, value in stored[customer].items()}
        same = got.keys() == features.keys() and all(is_close(got[name], features[name]) for name in features)
        check(same, f"{customer} has {got}, not {features}")
    print(f"features of {len(wanted)} customers from {PURCHASES} purchases, after a kill -9, as they should be")


if __name__ == "__main__":
    main()
