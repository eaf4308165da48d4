"""Job scripts run as a user runs them: in a process of their own, by `python -m penstock`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = """
from pyflink.common import *
from pyflink.datastream import *
env = StreamExecutionEnvironment.get_execution_environment()
"""
"""The opening lines of most scripts: line 1 is empty, so a script's own first line is the fifth."""

_SETTINGS = ("PENSTOCK_LOG", "PENSTOCK_CONF_DIR", "FLINK_CONF_DIR")


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def said(self) -> str:
        """Standard error without log lines."""
        return "".join(line for line in self.err.splitlines(keepends=True) if not line.startswith("20"))

    def failed(self, code: int = 1) -> str:
        """What was said, of a run that has to have failed."""
        assert self.code == code, f"ended with {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        return self.err

    def succeeded(self) -> str:
        """Standard output, of a run that has to have succeeded."""
        assert self.code == 0, f"ended with {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        return self.out


class Scripts:
    """Writes scripts into a folder and runs them there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "job.py") -> Path:
        """A file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def job(self, text: str, *options: str, timeout: float = 60) -> Outcome:
        """Run a script that begins with ENVIRONMENT; its name is job.py."""
        self.write(ENVIRONMENT + textwrap.dedent(text).lstrip("\n"))
        return self.run("run", *options, "job.py", timeout=timeout)

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Outcome:
        """`python -m penstock` with these arguments."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "penstock", *arguments],
            cwd=self.folder,
            env=self._environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, python: bool = False) -> Started:
        """The same, without waiting; with `python`, plain Python."""
        command = [sys.executable, *(() if python else ("-m", "penstock")), *arguments]
        # Errors go to a file: nobody reads them while the run goes on.
        errors = self.folder / "stderr"
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        return Started(process, errors)

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
        return {**kept, **(more or {})}


class Started:
    """A run that goes on."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process = process
        self._errors = errors

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def line(self) -> str:
        """The next line of standard output, after waiting for it."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def wait_for(self, pattern: str, timeout: float = 30) -> None:
        """Return when the pattern stands in standard error."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self._errors.read_text()):
            assert self._process.poll() is None, self._errors.read_text()
            assert time.monotonic() < deadline, f"{pattern} did not come:\n{self._errors.read_text()}"
            time.sleep(0.02)

    def wait(self, timeout: float = 30) -> Outcome:
        """How the run ends by itself, and how long that takes."""
        begun = time.monotonic()
        try:
            out, _ = self._process.communicate(timeout=timeout)
        finally:
            self._process.kill()
        return Outcome(self._process.returncode, out, self._errors.read_text(), time.monotonic() - begun)

    def signal(self, number: signal.Signals, timeout: float = 30) -> Outcome:
        """Send a signal; how the run ended, and how long after the signal."""
        self._process.send_signal(number)
        return self.wait(timeout)
