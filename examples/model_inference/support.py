"""What the commands of the examples share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType


class JobProcess:
    """A job that runs under `penstock run`; leaving the context ends it in any case."""

    def __init__(self, script: Path, *arguments: str, options: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "penstock", "run", *options, str(script), *arguments])

    def __enter__(self) -> JobProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self) -> None:
        """Return when the job has finished; end this program if it fails. It has said why."""
        status = self._process.wait()
        check(status == 0, f"the job ended with status {status}")


def run_job(script: Path, *arguments: str, options: Sequence[str] = ()) -> None:
    """Run a job to its end."""
    with JobProcess(script, *arguments, options=options) as job:
        job.wait()


def check(holds: bool, otherwise: str) -> None:
    """End this program unless it holds."""
    if not holds:
        sys.exit(f"error: {otherwise}")
