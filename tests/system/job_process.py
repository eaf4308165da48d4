"""A job in a process of its own: what it says, and how it is ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType

KILL_POINT = "PENSTOCK_TESTING_KILL_POINT"
RESTORING = r"Restoring job \w+ from Checkpoint (\d+) @ "
COMPLETED = r"Completed checkpoint (\d+) for job"
TRIGGERING = r"Triggering checkpoint (\d+) "


def settings(values: Mapping[str, str]) -> list[str]:
    """These configuration keys as options of `penstock run`.

    >>> settings({"parallelism.default": "2"})
    ['-D', 'parallelism.default=2']
    """
    return [word for key, value in values.items() for word in ("-D", f"{key}={value}")]


class JobError(AssertionError):
    """The job did not do what the test waited for; the message ends with what it said last."""


class JobProcess:
    """`penstock run` with a script. Everything it writes is in `log`, and kept as lines to wait for.

    >>> with JobProcess(script, log, ["-s", "latest"]) as job:  # doctest: +SKIP
    ...     job.wait_for(COMPLETED)
    ...     job.kill()
    """

    def __init__(
        self,
        script: Path,
        log: Path,
        options: Iterable[str] = (),
        arguments: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = log
        self._lines: list[str] = []
        self._open = True
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "penstock", "run", *options, str(script), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=log.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, name=f"reads {log.name}", daemon=True)
        self._reader.start()

    def __enter__(self) -> JobProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._log.open("w", encoding="utf-8") as log:
            for raw in self._process.stdout:
                line = raw.decode(errors="replace").rstrip("\n")
                log.write(line + "\n")
                log.flush()
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def wait_for(self, pattern: str, timeout: float = 60, *, after: int = -1) -> int:
        """The number of the first line after line number `after` that has a match.

        Raises JobError if the job ends or the time passes first.
        """
        wanted, deadline = re.compile(pattern), time.monotonic() + timeout
        number = after + 1
        with self._changed:
            while True:
                while number < len(self._lines):
                    if wanted.search(self._lines[number]):
                        return number
                    number += 1
                left = deadline - time.monotonic()
                if not self._open or left <= 0:
                    why = "it never came" if left <= 0 else "the job ended"
                    raise JobError(f"waited for {pattern!r}, and {why}:\n{self.last_words()}")
                self._changed.wait(left)

    def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Whether the condition came to hold; not if the process ended first. Raises JobError when the time passes."""
        deadline = time.monotonic() + timeout
        while not condition():
            if self.ended():
                return condition()
            if time.monotonic() > deadline:
                raise JobError(f"nothing of what was waited for came within {timeout} s:\n{self.last_words()}")
            with self._changed:
                self._changed.wait(0.01)
        return True

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def last_line(self) -> int:
        """The number of the last line so far."""
        with self._changed:
            return len(self._lines) - 1

    def matches(self, pattern: str) -> list[re.Match[str]]:
        """All matches so far; the whole output where the process has ended."""
        wanted = re.compile(pattern)
        return [found for line in self.lines() if (found := wanted.search(line))]

    def lines(self) -> list[str]:
        """The lines so far."""
        with self._changed:
            return list(self._lines)

    def last_words(self) -> str:
        """The end of its output, for error messages."""
        with self._changed:
            return "\n".join([*self._lines[-25:], f"(whole log: {self._log})"])

    def kill(self) -> None:
        """SIGKILL, and wait until everything it said was read."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def stop(self, number: signal.Signals, within: float) -> tuple[int, float]:
        """Send a signal; the exit status and the seconds it took. Raises JobError if it takes more than `within`."""
        began = time.monotonic()
        self._process.send_signal(number)
        try:
            status = self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise JobError(f"still there {within} s after {number.name}:\n{self.last_words()}") from None
        seconds = time.monotonic() - began
        self._reader.join()
        return status, seconds

    def wait(self, timeout: float = 60) -> int:
        """The exit status, negative for a signal, when it ends by itself."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise JobError(f"it goes on after {timeout} s:\n{self.last_words()}") from None
        self._reader.join()
        return status
