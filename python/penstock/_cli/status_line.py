"""On a terminal: one live line about the running job, and a short summary at its end."""

from __future__ import annotations

import contextlib
import os
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
    from penstock._build.observers import JOB_OBSERVERS

    JOB_OBSERVERS.append(_Shown)
    try:
        yield
    finally:
        JOB_OBSERVERS.remove(_Shown)


class _Shown(contextlib.AbstractContextManager[None]):
    """Shows the status of one job."""

    def __init__(self, job: Job) -> None:
        from penstock._cli.terminal import BottomLine

        self._job = job
        self._line = BottomLine(sys.stderr, lambda: os.get_terminal_size(sys.stderr.fileno()))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="penstock-status", daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._line.close()
        print(summary(self._job, time.monotonic() - self._started), file=sys.stderr, flush=True)

    def _loop(self) -> None:
        before, then = self._job.progress(), time.monotonic()
        while not self._done.wait(_INTERVAL):
            now, at = self._job.progress(), time.monotonic()
            self._line.show(line(before, now, at - then, self._job.status()))
            before, then = now, at


def line(before: dict[str, Any], now: dict[str, Any], seconds: float, status: str) -> str:
    """The live line; the two dicts are progress figures `seconds` apart."""

    def rate(name: str, unit: str = "") -> str:
        counted: float = now[name] - before[name]
        return amount(max(counted, 0) / max(seconds, 1e-9), unit) + "/s"

    parts = [
        status,
        f"in {rate('records_in')} {rate('bytes_in', 'B')}",
        f"out {rate('records_out')} {rate('bytes_out', 'B')}",
    ]
    if now["watermark_lag_ms"] is not None:
        parts.append(f"watermark lag {now['watermark_lag_ms'] / 1000:.1f} s")
    if now["last_checkpoint"] is not None:
        parts.append(f"checkpoint {now['last_checkpoint']}")
    if now["restarts"]:
        parts.append(f"restarts {now['restarts']}")
    return " | ".join(parts)


def summary(job: Job, seconds: float) -> str:
    """What is left on the terminal when the job has ended: its records, and the user's metrics."""
    progress = job.progress()
    records = f"{amount(progress['records_in'])} records in, {amount(progress['records_out'])} out"
    lines = [f"{job.status()} after {seconds:.1f} s: {records}"]
    for scope, groups, name, value in job.metrics():
        operator = dict(scope).get("operator_name")
        # A group without an operator is the engine's own: latencies belong to the job.
        if groups and operator is not None:
            lines.append(f"  {operator}: {'.'.join([*groups, name])} = {value:g}")
    return "\n".join(lines)


def amount(number: float, unit: str = "") -> str:
    """A number with three digits and a unit: 1234567 is 1.23 M.

    >>> amount(1_234_567), amount(2_000_000, "B"), amount(0, "B")
    ('1.23 M', '2 MB', '0 B')
    """
    for prefix in ("", "k", "M", "G"):
        # 999.5 and more would be shown as 1000.
        if number < 999.5:
            return f"{number:.3g} {prefix}{unit}".rstrip()
        number /= 1000
    return f"{number:.3g} T{unit}"
