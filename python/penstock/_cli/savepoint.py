"""`penstock savepoint`: a savepoint of a running job, or the end of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from penstock._cli import processes, targets
from penstock._cli.rest import Rest, RestError

RESUME = "You can resume your program from this savepoint with the run command."


def main(argv: Sequence[str]) -> int:
    """Trigger or dispose of a savepoint; the exit status."""
    parser = targets.parser("savepoint", "Triggers a savepoint of a running job, or disposes of an existing one.")
    parser.add_argument("job", nargs="?", metavar="JOB", help="id or name of the job; may be left out if only one runs")
    directory = "where the savepoint goes (default execution.checkpointing.savepoint-dir of the job)"
    parser.add_argument("directory", nargs="?", metavar="DIRECTORY", help=directory)
    add_format(parser)
    parser.add_argument("-d", "--dispose", metavar="PATH", help="remove this savepoint")
    parser.add_argument("-j", "--jarfile", metavar="JAR", help="accepted as flink has it")
    chosen = parser.parse_args(argv)
    if chosen.dispose is not None:
        if chosen.job is not None:
            parser.error("--dispose takes the path of a savepoint and no job")
        return targets.calling(lambda: _dispose(chosen.dispose, chosen.jobmanager))
    return targets.calling(lambda: _trigger(chosen.job, chosen.directory, chosen.type, chosen.jobmanager))


def add_format(parser: Any) -> None:
    """Add the option for the format of a savepoint."""
    formats = "canonical (default): the same for every state backend; native: RocksDB's own files, which is faster"
    choices = ["canonical", "native"]
    parser.add_argument("-type", "--type", type=str.lower, choices=choices, default="canonical", help=formats)


def absolute(directory: str | None) -> str | None:
    """A directory as the job's process will understand it, whose working directory may be another."""
    if directory is None or ":/" in directory:
        return directory
    return os.path.abspath(directory)


def _trigger(job: str | None, directory: str | None, kind: str, jobmanager: str | None) -> None:
    target = targets.job(job, jobmanager)
    print(f"Triggering savepoint for job {target.job_id}.\nWaiting for response...", flush=True)
    body: dict[str, Any] = {"cancel-job": False, "formatType": kind.upper()}
    if directory is not None:
        body["target-directory"] = absolute(directory)
    path = f"/jobs/{target.job_id}/savepoints"
    print(f"Savepoint completed. Path: {target.rest.operation(path, body, path)['location']}\n{RESUME}")


def _dispose(path: str, jobmanager: str | None) -> None:
    addresses = [jobmanager] if jobmanager else [process.address for process in processes.running()]
    if not addresses:
        raise RestError(
            f"a savepoint is disposed of by a process that runs jobs, and none runs for this user "
            f"({processes.folder()}); name one with -m host:port, or remove the folder by hand"
        )
    print(f"Disposing savepoint '{path}'.\nWaiting for response...", flush=True)
    body = {"savepoint-path": absolute(path)}
    Rest(addresses[0]).operation("/savepoint-disposal", body, "/savepoint-disposal")
    print(f"Savepoint '{path}' disposed.")
