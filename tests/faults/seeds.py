"""Which seeds a run of many takes: they rotate with the commit, so that in time all kinds of schedules come up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTSIDE_OF_GIT = 20_261_124
VARIABLE = "PENSTOCK_SEED"


def base() -> int:
    """PENSTOCK_SEED, or a number that follows from the commit; outside of a clone always the same."""
    if given := os.environ.get(VARIABLE):
        return int(given)
    try:
        asked = subprocess.run(["git", "-C", str(HERE), "rev-parse", "HEAD"], capture_output=True, text=True)
    except FileNotFoundError:
        return OUTSIDE_OF_GIT
    return of_commit(asked.stdout) if asked.returncode == 0 else OUTSIDE_OF_GIT


def of_commit(commit: str) -> int:
    """The first seed of a commit.

    >>> of_commit("00001000f5aa")
    4096000
    """
    return int(commit[:8], 16) % 1_000_000 * 1_000
