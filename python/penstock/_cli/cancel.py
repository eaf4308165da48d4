"""`penstock cancel`: ends a job at once, or after a savepoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock._cli import targets
from penstock._cli.savepoint import absolute, add_format

_DEFAULT = ""


def main(argv: Sequence[str]) -> int:
    """Cancel a job; the exit status."""
    parser = targets.parser("cancel", "Cancels a running job.")
    parser.add_argument("job", nargs="?", metavar="JOB", help="id or name of the job; may be left out if only one runs")
    savepoint = "take a savepoint first, in this directory or in execution.checkpointing.savepoint-dir"
    parser.add_argument("-s", "--withSavepoint", nargs="?", const=_DEFAULT, metavar="DIRECTORY", help=savepoint)
    add_format(parser)
    chosen = parser.parse_args(argv)
    job, directory = chosen.job, chosen.withSavepoint
    if directory and job is None:
        # Flink reads `cancel -s JOB` so.
        job, directory = directory, _DEFAULT
    if directory is None:
        return targets.calling(lambda: _cancel(job, chosen.jobmanager))
    return targets.calling(lambda: _with_savepoint(job, directory or None, chosen.type, chosen.jobmanager))


def _cancel(job: str | None, jobmanager: str | None) -> None:
    target = targets.job(job, jobmanager)
    print(f"Cancelling job {target.job_id}.", flush=True)
    target.rest.patch(f"/jobs/{target.job_id}?mode=cancel")
    print(f"Cancelled job {target.job_id}.")


def _with_savepoint(job: str | None, directory: str | None, kind: str, jobmanager: str | None) -> None:
    target = targets.job(job, jobmanager)
    print('DEPRECATION WARNING: Cancelling a job with savepoint is deprecated. Use "stop" instead.')
    where = f" to {directory}" if directory else " to default savepoint directory"
    print(f"Cancelling job {target.job_id} with {kind.upper()} savepoint{where}.", flush=True)
    body: dict[str, Any] = {"cancel-job": True, "formatType": kind.upper()}
    if directory is not None:
        body["target-directory"] = absolute(directory)
    path = f"/jobs/{target.job_id}/savepoints"
    location = target.rest.operation(path, body, path)["location"]
    print(f"Cancelled job {target.job_id}. Savepoint stored in {location}.")
