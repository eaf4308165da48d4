"""Which process, and which of its jobs, a command is about."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock._cli import processes
from penstock._cli.rest import Rest, RestError, Unreachable

FAILED = 1
_ENDED = ("FINISHED", "FAILED", "CANCELED", "SUSPENDED")


@dataclass(frozen=True)
class Target:
    """A job and the process it runs in."""

    rest: Rest
    job_id: str
    name: str


def parser(command: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options that all these commands have."""
    made = argparse.ArgumentParser(prog=f"penstock {command}", allow_abbrev=False, description=description)
    where = "the JobManager to ask; otherwise the processes of this user on this machine"
    made.add_argument("-m", "--jobmanager", metavar="HOST:PORT", help=where)
    made.add_argument("-t", "--target", metavar="TARGET", help="accepted as flink has it")
    made.add_argument("-D", dest="properties", action="append", default=[], metavar="KEY=VALUE", help="accepted")
    return made


def calling(call: Callable[[], None]) -> int:
    """Do what a command is there for; the exit status."""
    try:
        call()
    except RestError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return 0


def jobs(jobmanager: str | None) -> list[tuple[Rest, dict[str, Any]]]:
    """All jobs there are to see, each with its process."""
    if jobmanager is not None:
        rest = Rest(jobmanager)
        return [(rest, job) for job in rest.get("/jobs/overview")["jobs"]]
    found: list[tuple[Rest, dict[str, Any]]] = []
    for process in processes.running():
        rest = Rest(process.address)
        try:
            found.extend((rest, job) for job in rest.get("/jobs/overview")["jobs"])
        except Unreachable:
            continue  # it ended just now
    return found


def job(wanted: str | None, jobmanager: str | None) -> Target:
    """The job with this id or name; without either, the only one that runs."""
    all_jobs = jobs(jobmanager)
    running = [(rest, one) for rest, one in all_jobs if one["state"] not in _ENDED]
    if wanted is None:
        candidates = running
    else:
        candidates = [(rest, one) for rest, one in all_jobs if one["jid"] == wanted.lower()]
        candidates = candidates or [(rest, one) for rest, one in running if one["name"] == wanted]
    if len(candidates) == 1:
        rest, one = candidates[0]
        return Target(rest, one["jid"], one["name"])
    raise RestError(_problem(wanted, [one for _, one in running], len(candidates), jobmanager))


def _problem(wanted: str | None, running: list[dict[str, Any]], matches: int, jobmanager: str | None) -> str:
    listed = "".join(f"\n  {one['jid']} : {one['name']} ({one['state']})" for one in running)
    if matches > 1:
        what = "several jobs run" if wanted is None else f"several jobs are named {wanted!r}"
        return f"{what}: say which one by its id{listed}"
    where = f"at {jobmanager}" if jobmanager else f"on this machine for this user ({processes.folder()})"
    if not running:
        hint = "" if jobmanager else "; a JobManager elsewhere is named with -m host:port"
        what = "no job runs" if wanted is None else f"there is no job {wanted}, and no job runs"
        return f"{what} {where}{hint}"
    return f"there is no job {wanted} {where}; these run:{listed}"
