"""The process that runs the job."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock._cli import processes
from penstock._cli.rest import Rest, RestError, Unreachable
from penstock._cli.watching import inside
from penstock._cli.watching.bundle import Bundle

_SECONDS_TO_STOP = 10.0


class Child:
    """A process that runs one script."""

    def __init__(self, script: Bundle, arguments: Sequence[str], restore: str | None) -> None:
        self.script = script
        self._folder = tempfile.TemporaryDirectory(prefix="penstock-watch-")
        settings = {inside.SOURCE: str(script.write(Path(self._folder.name))), inside.PARENT: str(os.getpid())}
        if restore is not None:
            settings[inside.RESTORE] = restore
        command = [sys.executable, "-m", "penstock", "run", *arguments]
        self._process = subprocess.Popen(command, env={**os.environ, **settings})
        self._rest: Rest | None = None

    def ended(self) -> int | None:
        """The exit status, if it has ended."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait for its end; the exit status."""
        status = self._process.wait()
        self._folder.cleanup()
        return status

    def terminate(self) -> int:
        """End it as a deleted pod is ended: in order, keeping its checkpoints; at once if that takes too long."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self.wait()

    def job(self) -> dict[str, Any] | None:
        """Its job as `/jobs/overview` has it; None while there is none."""
        rest = self.rest()
        if rest is None:
            return None
        try:
            jobs = rest.get("/jobs/overview")["jobs"]
        except RestError:
            return None
        return jobs[-1] if jobs else None

    def completed_checkpoints(self, job_id: str) -> int:
        """How many checkpoints the job has completed."""
        return int(self._ask(f"/jobs/{job_id}/checkpoints", {"counts": {"completed": 0}})["counts"]["completed"])

    def failure(self, job_id: str) -> str | None:
        """What the job has failed with, also if it was restarted."""
        nothing: dict[str, Any] = {"exceptionHistory": {"entries": []}}
        entries = self._ask(f"/jobs/{job_id}/exceptions", nothing)["exceptionHistory"]["entries"]
        return str(entries[0]["stacktrace"]) if entries else None

    def stop_with_savepoint(self, job_id: str, directory: str | None) -> str:
        """Stop the job; the savepoint's path. Raises RestError."""
        rest = self.rest()
        if rest is None:
            raise RestError("the job's process does not say where it can be reached")
        body: dict[str, Any] = {"drain": False}
        if directory is not None:
            body["targetDirectory"] = directory
        path = f"/jobs/{job_id}"
        return str(rest.operation(f"{path}/stop", body, f"{path}/savepoints")["location"])

    def cancel(self, job_id: str) -> None:
        """Cancel the job."""
        rest = self.rest()
        if rest is not None:
            rest.patch(f"/jobs/{job_id}?mode=cancel")

    def dispose(self, savepoint: str) -> None:
        """Remove a savepoint that nobody needs any more. Raises RestError."""
        rest = self.rest()
        if rest is not None:
            rest.operation("/savepoint-disposal", {"savepoint-path": savepoint}, "/savepoint-disposal")

    def wait_briefly(self, seconds: float) -> None:
        """Wait for its end, for at most so long."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0))

    def rest(self) -> Rest | None:
        """Its REST API, once it has one."""
        if self._rest is None:
            mine = [process for process in processes.running() if process.pid == self._process.pid]
            self._rest = Rest(mine[0].address) if mine else None
        return self._rest

    def _ask(self, path: str, otherwise: dict[str, Any]) -> dict[str, Any]:
        rest = self.rest()
        try:
            return otherwise if rest is None else rest.get(path)
        except Unreachable:
            return otherwise  # it has just ended
