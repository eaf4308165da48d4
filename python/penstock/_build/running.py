"""The jobs of this process that may still run, and how the process leaves them."""

from __future__ import annotations

import atexit
import os
import sys
import time
from typing import TYPE_CHECKING

from penstock._runtime.threads import join_tasks

if TYPE_CHECKING:
    from penstock._native import Job

# How long jobs may take to put things in order when the process ends.
_SHUTDOWN_SECONDS = 1.5

# Tasks of a job that has ended are about to end too.
_SECONDS_TO_END = 0.1

_ENDED = ("FINISHED", "FAILED", "CANCELED", "SUSPENDED")
_jobs: list[Job] = []
_detached: list[Job] = []


def started(job: Job) -> None:
    """Note a job that was started."""
    _jobs[:] = [*(other for other in _jobs if not _has_ended(other)), job]


def detached(job: Job) -> None:
    """Note a job that is to run on after the script: the command line waits for it."""
    _detached.append(job)


def still_detached() -> list[Job]:
    """The jobs that nobody has waited for and that still run."""
    return [job for job in _detached if not _has_ended(job)]


def stop() -> bool:
    """Stop all jobs, keeping their checkpoints; whether all their threads have ended in time.

    While a thread runs Python, the interpreter cannot end in order; see `leave_at_once`.
    """
    deadline = time.monotonic() + _SHUTDOWN_SECONDS
    while _jobs:
        # Each is asked once: one that takes too long is given up.
        job = _jobs.pop()
        if not _has_ended(job):
            job.shutdown(max(deadline - time.monotonic(), 0))
    return join_tasks(_SECONDS_TO_END)


def leave_at_once(status: int) -> None:
    """End the process although functions are being called: what was printed is written out, nothing else is done."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            status = status or 1
    os._exit(status)


def _at_exit() -> None:
    if not stop():
        leave_at_once(_status_of_the_interpreter())


def _status_of_the_interpreter() -> int:
    """The exit status that Python is about to give, as far as it can be told: that of sys.exit() cannot."""
    kind = getattr(sys, "last_type", None)
    if kind is None:
        return 0
    return 130 if issubclass(kind, KeyboardInterrupt) else 1


def _has_ended(job: Job) -> bool:
    return job.status() in _ENDED


atexit.register(_at_exit)
