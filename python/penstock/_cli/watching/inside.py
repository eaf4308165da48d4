"""The side of the watched process: what its supervisor tells it, by environment variables."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any

SOURCE = "PENSTOCK_WATCHED_SOURCE"
"""Where the text of the script is; its path is that of the command line."""
RESTORE = "PENSTOCK_WATCHED_RESTORE"
"""What to go on from in place of what the command line says; empty: nothing."""
REPORT = "PENSTOCK_WATCHED_REPORT"
"""A file for the description of the job, which then is not run."""
PARENT = "PENSTOCK_WATCHED_PARENT"
"""The supervisor's process id."""

_PR_SET_PDEATHSIG = 1


class Described(BaseException):
    """The job was described; the script goes no further."""


def source() -> str | None:
    """Where the text of the script is."""
    return os.environ.get(SOURCE)


def set_restore(configuration: dict[str, str]) -> None:
    """Let the job go on from what the supervisor says, if it says anything."""
    restore = os.environ.get(RESTORE)
    if restore is None:
        return
    for key in ("execution.savepoint.path", "execution.state-recovery.path"):
        configuration.pop(key, None)
    if restore:
        configuration["execution.state-recovery.path"] = restore


def die_with_supervisor() -> None:
    """Let this process end with its supervisor, however that ends: nobody would look after it."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        os._exit(1)


def describe(graph_json: str, config: dict[str, str], job_name: str) -> None:
    """Write the description of a job in place of running it, if the supervisor asks for that."""
    path = os.environ.get(REPORT)
    if path is None:
        return
    from penstock import _native

    report: dict[str, Any] = json.loads(_native.describe_job(graph_json, config))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**report, "job_name": job_name, "configuration": config}, file)
    raise Described
