"""On a terminal: one live line about the running job, and a short summary at its end."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock._native import Job

_INTERVAL = 0.5


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """Show the status of jobs that are executed inside; nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from penstock._build import observers

    observers.JOB_OBSERVERS.append(_observe)
    try:
        yield
    finally:
        observers.JOB_OBSERVERS.remove(_observe)


def _observe(job: Job) -> contextlib.AbstractContextManager[None]:
    return _Shown(job)


class _Shown(contextlib.AbstractContextManager[None]):
    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="penstock-status", daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        sys.stderr.write("\r\x1b[K" + summary(self._job, time.monotonic() - self._started) + "\n")
        sys.stderr.flush()

    def _loop(self) -> None:
        before, then = self._job.progress(), time.monotonic()
        while not self._done.wait(_INTERVAL):
            now, at = self._job.progress(), time.monotonic()
            sys.stderr.write("\r\x1b[K" + line(before, now, at - then, self._job.status()))
            sys.stderr.flush()
            before, then = now, at


def line(before: dict[str, Any], now: dict[str, Any], seconds: float, status: str) -> str:
    """The live line; the two dicts are progress figures `seconds` apart."""

    def rate(name: str) -> float:
        return max(now[name] - before[name], 0) / max(seconds, 1e-9)

    parts = [
        status,
        f"in {amount(rate('records_in'))}/s {amount(rate('bytes_in'))}B/s",
        f"out {amount(rate('records_out'))}/s {amount(rate('bytes_out'))}B/s",
    ]
    if now["watermark_lag_ms"] is not None:
        parts.append(f"watermark lag {now['watermark_lag_ms'] / 1000:.1f} s")
    if now["last_checkpoint"] is not None:
        parts.append(f"checkpoint {now['last_checkpoint']}")
    if now["restarts"]:
        parts.append(f"restarts {now['restarts']}")
    return " | ".join(parts)


def summary(job: Job, seconds: float) -> str:
    """What is left on the terminal when the job has ended."""
    progress = job.progress()
    lines = [f"{job.status()} after {seconds:.1f} s: {amount(progress['records_in'])} records in, {amount(progress['records_out'])} out"]
    for scope, groups, name, value in job.metrics():
        if groups:
            operator = dict(scope).get("operator_name", "")
            lines.append(f"  {operator}: {'.'.join([*groups, name])} = {value:g}")
    return "\n".join(lines)


def amount(number: float) -> str:
    """A number with three digits and a unit: 1234567 is 1.23 M."""
    for unit in ("", " k", " M", " G"):
        if number < 1000:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:.3g} T"
