"""`penstock stop`: ends a job with a savepoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock._cli import targets
from penstock._cli.savepoint import absolute, add_format


def main(argv: Sequence[str]) -> int:
    """Stop a job; the exit status."""
    parser = targets.parser("stop", "Stops a running job with a savepoint. All its output is committed.")
    parser.add_argument("job", nargs="?", metavar="JOB", help="id or name of the job; may be left out if only one runs")
    drain = "send the last watermark first, so that every timer and window fires; the job is not to go on later"
    parser.add_argument("-d", "--drain", action="store_true", help=drain)
    directory = "where the savepoint goes (default execution.checkpointing.savepoint-dir of the job)"
    parser.add_argument("-p", "--savepointPath", metavar="DIRECTORY", help=directory)
    add_format(parser)
    chosen = parser.parse_args(argv)

    def call() -> None:
        target = targets.job(chosen.job, chosen.jobmanager)
        doing = "Draining" if chosen.drain else "Suspending"
        print(f'{doing} job "{target.job_id}" with a {chosen.type.upper()} savepoint.')
        print(f"Triggering stop-with-savepoint for job {target.job_id}.\nWaiting for response...", flush=True)
        body: dict[str, Any] = {"drain": chosen.drain, "formatType": chosen.type.upper()}
        if chosen.savepointPath is not None:
            body["targetDirectory"] = absolute(chosen.savepointPath)
        path = f"/jobs/{target.job_id}"
        result = target.rest.operation(f"{path}/stop", body, f"{path}/savepoints")
        print(f"Savepoint completed. Path: {result['location']}")

    return targets.calling(call)
