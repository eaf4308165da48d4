"""`penstock list`: the jobs, as `flink list` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from penstock._cli import targets

_WIDTH = 62
_SCHEDULED = ("CREATED", "INITIALIZING")
_ENDED = ("FINISHED", "FAILED", "CANCELED", "SUSPENDED")


def main(argv: Sequence[str]) -> int:
    """Print the jobs; the exit status."""
    parser = targets.parser("list", "Lists running and scheduled jobs.")
    parser.add_argument("-r", "--running", action="store_true", help="running jobs and their ids")
    parser.add_argument("-s", "--scheduled", action="store_true", help="scheduled jobs and their ids")
    parser.add_argument("-a", "--all", action="store_true", help="all jobs, those that have ended too")
    chosen = parser.parse_args(argv)
    both = chosen.all or chosen.running == chosen.scheduled

    def call() -> None:
        print("Waiting for response...", flush=True)
        jobs = sorted((job for _, job in targets.jobs(chosen.jobmanager)), key=lambda job: int(job["start-time"]))
        scheduled = [job for job in jobs if job["state"] in _SCHEDULED]
        ended = [job for job in jobs if job["state"] in _ENDED]
        running = [job for job in jobs if job not in scheduled and job not in ended]
        if both or chosen.running:
            _section("Running/Restarting Jobs", running, "No running jobs.")
        if both or chosen.scheduled:
            _section("Scheduled/Initializing Jobs", scheduled, "No scheduled jobs.")
        if chosen.all:
            _section("Terminated Jobs", ended, "No terminated jobs.")

    return targets.calling(call)


def _section(title: str, jobs: list[dict[str, Any]], none: str) -> None:
    if not jobs:
        print(none)
        return
    print(f" {title} ".center(_WIDTH, "-"))
    for job in jobs:
        begun = datetime.fromtimestamp(job["start-time"] / 1000).strftime("%d.%m.%Y %H:%M:%S")
        print(f"{begun} : {job['jid']} : {job['name']} ({job['state']})")
    print("-" * _WIDTH)
