"""One process of the job, from its start to the last of the kills that are meant for it."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faults import points
from faults.outcome import Outcome
from faults.paced import PacedInput
from faults.schedule import Kill
from system.job_process import JobProcess

PATIENCE = 60.0
"""Seconds after which a life is taken for stuck."""
LATEST_CHECKPOINT = 12
"""Completed checkpoints after which a kill point that was not reached is given up."""


@dataclass
class Life:
    """A life, the folder in which its kill points leave their marks, and the outcome that is being written."""

    job: JobProcess
    paced: PacedInput
    marks: Path
    outcome: Outcome

    def go_through(self, kills: Sequence[Kill], number: int) -> None:
        """Carry out the kills of this life, of `number` in all. Who is to be killed may have finished before."""
        after = -1
        for place, kill in enumerate(kills):
            self.job.until(lambda: bool(self.job.matches("is submitted")), PATIENCE)
            begun, share = self.paced.progress(), (self.outcome.kills + 1) / (number + 1)
            self.paced.allow(1 if kill.point == points.AT_THE_END else share)
            self._until(kill, self.marks / str(place), self._completed_after(after), self._input(begun, share))
            if kill.point is not None and (self.marks / str(place)).exists():
                self.outcome.points.append(kill.point)
                self.outcome.kills += 1
            elif not self.job.ended():
                # At a random moment, or where a kill point was not reached.
                self.outcome.kills += self._kill(kill)
            after = self.job.last_line

    def _completed_after(self, line: int) -> Callable[[], int]:
        """How many checkpoints were completed after that line."""
        return lambda: sum("Completed checkpoint " in told for told in self.job.lines()[line + 1 :])

    def _input(self, begun: float, share: float) -> Callable[[], float]:
        """How much of the input is written that goes from `begun` to `share`."""
        return lambda: (self.paced.progress() - begun) / max(share - begun, 0.01)

    def _until(self, kill: Kill, mark: Path, completed: Callable[[], int], written: Callable[[], float]) -> None:
        if kill.point is not None:
            latest = math.inf if kill.point == points.AT_THE_END else LATEST_CHECKPOINT
            self.job.until(lambda: mark.exists() or completed() >= latest, PATIENCE)
            if mark.exists() and kill.slot is None:
                self.job.until(lambda: False, PATIENCE)
        elif kill.progress is not None:
            wanted = kill.progress
            self.job.until(lambda: written() >= wanted, PATIENCE)
        elif self.job.until(lambda: completed() >= kill.checkpoints, PATIENCE):
            moment = time.monotonic() + kill.seconds
            self.job.until(lambda: time.monotonic() >= moment, PATIENCE)

    def _kill(self, kill: Kill) -> bool:
        if kill.slot is None:
            self.job.kill()
            return True
        slots = sorted(children(self.job.pid))
        if not slots:
            return False
        try:
            os.kill(slots[kill.slot % len(slots)], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except FileNotFoundError:
        return set()
