"""Runs a side in a process of its own and looks at it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO

from .memory import PeakMemory

TAIL = 4_000


class SideError(Exception):
    """A side ended with an error, did not end, or did not do what it should have done."""


@dataclass(frozen=True)
class Run:
    """One process from its start to its end."""

    wall: float
    cpu: float
    peak_bytes: int
    lines: tuple[tuple[float, str], ...]
    """Standard output: seconds since the start, and the line."""
    errors: str = ""
    """The end of standard error."""


def run(command: Sequence[str], *, env: Mapping[str, str], deadline: float, watch_memory: bool = False) -> Run:
    """Runs a command to its end; CPU seconds include those of the children it waited for."""
    with Started(command, env=env) as started:
        memory = PeakMemory(started.pid) if watch_memory else None
        alarm = threading.Timer(deadline, started.kill_late)
        alarm.daemon = True
        alarm.start()
        wall, cpu, code = started.wait()
        alarm.cancel()
        peak = memory.close() if memory else 0
        if started.late:
            raise SideError(started.describe(f"did not end within {deadline:.0f} s"))
        if code != 0:
            raise SideError(started.describe(f"ended with code {code}"))
        return Run(wall, cpu, peak, started.lines(), started.errors())


class Started:
    """A running command in a session of its own. Leaving the `with` block ends the whole session."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str]) -> None:
        self.command = list(command)
        self.late = False
        self._lines: list[tuple[float, str]] = []
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in __exit__
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            self.command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, name="stdout", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append((time.perf_counter() - self._began, line.decode(errors="replace").rstrip("\n")))

    def wait(self) -> tuple[float, float, int]:
        """Waits for the end: wall seconds, CPU seconds, exit code."""
        _, status, usage = os.wait4(self.pid, 0)
        wall = time.perf_counter() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return wall, usage.ru_utime + usage.ru_stime, self._process.returncode

    def lines(self) -> tuple[tuple[float, str], ...]:
        """What it printed; to be called after its end."""
        self._reader.join(timeout=10)
        return tuple(self._lines)

    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-TAIL:]

    def ended(self) -> bool:
        """Whether it is over already."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Ends the process and all it started."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def kill_late(self) -> None:
        """Ends it because its time is over."""
        self.late = True
        self.kill()

    def stop(self, seconds: float = 15) -> None:
        """Asks the process to end; `__exit__` sees to it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def describe(self, what: str) -> str:
        """The command, what happened to it, and the end of what it wrote."""
        errors = self.errors().strip()
        printed = "\n".join(line for _, line in self.lines())[-TAIL:].strip()
        return "\n".join(part for part in (f"{' '.join(self.command)} {what}", printed, errors) if part)

    def __enter__(self) -> Started:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._process.returncode is None:
            self._process.wait()
        self._errors.close()
