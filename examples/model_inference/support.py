"""What the commands of the examples share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_job(script: Path, *arguments: str, options: Sequence[str] = ()) -> None:
    """Run a job to its end with `penstock run`. Ends this program if the job fails; it has said why."""
    status = subprocess.run([sys.executable, "-m", "penstock", "run", *options, str(script), *arguments]).returncode
    check(status == 0, f"the job ended with status {status}")


def check(holds: bool, otherwise: str) -> None:
    """End this program unless it holds."""
    if not holds:
        sys.exit(f"error: {otherwise}")
