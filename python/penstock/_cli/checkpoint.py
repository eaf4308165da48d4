"""`penstock checkpoint`: a checkpoint of a running job outside of its interval."""

from __future__ import annotations

from collections.abc import Sequence

from penstock._cli import targets


def main(argv: Sequence[str]) -> int:
    """Trigger a checkpoint; the exit status."""
    parser = targets.parser("checkpoint", "Triggers a checkpoint of a running job.")
    parser.add_argument("job", nargs="?", metavar="JOB", help="id or name of the job; may be left out if only one runs")
    parser.add_argument("-full", "--full", action="store_true", help="a checkpoint that refers to no other one")
    chosen = parser.parse_args(argv)
    kind = "FULL" if chosen.full else "CONFIGURED"

    def call() -> None:
        target = targets.job(chosen.job, chosen.jobmanager)
        print(f"Triggering checkpoint for job {target.job_id}.\nWaiting for response...", flush=True)
        path = f"/jobs/{target.job_id}/checkpoints"
        number = target.rest.operation(path, {"checkpointType": kind}, path)["checkpointId"]
        print(f"Checkpoint({kind}) {number} for job {target.job_id} completed.")
        print("You can resume your program from this checkpoint with the run command.")

    return targets.calling(call)
