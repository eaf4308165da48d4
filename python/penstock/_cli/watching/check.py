"""Looks at a script in a process of its own: its syntax, its imports, and the job that it builds, which is not run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock._cli.watching import inside
from penstock._cli.watching.bundle import Bundle

TIMEOUT = 120.0
_LONGEST_REPORT = 16 << 20


@dataclass(frozen=True)
class Report:
    """What a script would run."""

    fields: dict[str, Any]

    @property
    def operators(self) -> list[dict[str, Any]]:
        """Its operators: id, uid, name, and whether they may have state."""
        return self.fields["operators"]  # type: ignore[no-any-return]

    @property
    def job_name(self) -> str:
        """The job's name, under which its state is found again."""
        return self.fields["job_name"]  # type: ignore[no-any-return]

    @property
    def configuration(self) -> dict[str, str]:
        """The job's configuration."""
        return self.fields["configuration"]  # type: ignore[no-any-return]


class Refused(Exception):
    """A script that cannot run, with the reason."""


def look_at(script: Bundle, arguments: Sequence[str]) -> Report:
    """What this script would run with these arguments of `penstock run`. Raises Refused."""
    with tempfile.TemporaryDirectory(prefix="penstock-check-") as name:
        folder, report = Path(name, "script"), Path(name, "report.json")
        folder.mkdir()
        settings = {inside.SOURCE: str(script.write(folder)), inside.REPORT: str(report)}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "penstock", "run", *arguments],
                env={**os.environ, **settings, inside.PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refused(f"the script did not build a job within {TIMEOUT:.0f} s") from None
        if not report.exists():
            said = _said(done.stdout)
            raise Refused(f"{said}\nthe script ran no job".lstrip() if done.returncode == 0 or not said else said)
        if report.stat().st_size > _LONGEST_REPORT:
            raise Refused("the job is too large to be described")
        return Report(json.loads(report.read_text(encoding="utf-8")))


def _said(output: str) -> str:
    """What the script said, without log lines of lesser importance."""
    lines = [line for line in output.splitlines() if not (line[:2] == "20" and " INFO " in line)]
    return "\n".join(lines[-200:]).strip()
