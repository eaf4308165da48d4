"""`penstock checkpoints`: what has become of the checkpoints of a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from penstock._cli import targets
from penstock._cli.status_line import amount


def main(argv: Sequence[str]) -> int:
    """Print the last checkpoints and savepoints of a job; the exit status."""
    parser = targets.parser("checkpoints", "Lists the last checkpoints and savepoints of a job.")
    parser.add_argument("job", nargs="?", metavar="JOB", help="id or name of the job; may be left out if only one runs")
    chosen = parser.parse_args(argv)

    def call() -> None:
        target = targets.job(chosen.job, chosen.jobmanager)
        statistics = target.rest.get(f"/jobs/{target.job_id}/checkpoints")
        counts = statistics["counts"]
        words = ("completed", "in_progress", "failed", "restored")
        print(", ".join(f"{counts[word]} {word.replace('_', ' ')}" for word in words))
        for checkpoint in statistics["history"]:
            print(_line(checkpoint))

    return targets.calling(call)


def _line(checkpoint: dict[str, Any]) -> str:
    begun = datetime.fromtimestamp(checkpoint["trigger_timestamp"] / 1000).strftime("%d.%m.%Y %H:%M:%S")
    kind = "savepoint" if checkpoint["is_savepoint"] else "checkpoint"
    text = f"{begun} : {kind} {checkpoint['id']} ({checkpoint['status']})"
    if checkpoint["status"] == "COMPLETED":
        gone = " (removed)" if checkpoint["discarded"] else ""
        size, seconds = amount(checkpoint["state_size"], "B"), checkpoint["end_to_end_duration"] / 1000
        return f"{text} {size} in {seconds:.1f} s, {checkpoint['external_path']}{gone}"
    return f"{text} {checkpoint.get('failure_message', '')}".rstrip()
