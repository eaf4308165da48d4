"""What became of a run, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from faults.schedule import Schedule


@dataclass
class Outcome:
    """What became of a run."""

    plan: Schedule
    folder: Path
    findings: list[str] = field(default_factory=list)
    lives: int = 0
    kills: int = 0
    restored: int = 0
    checkpoints: int = 0
    points: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        """The report of the run in a line; several if something was found."""
        plan = self.plan
        numbers = "-".join(str(plan.parallelism_of(life)) for life in range(self.lives))
        words = [plan.job, plan.backend, plan.mode, f"p={numbers}", *["unaligned"] * plan.unaligned]
        told = f"seed {plan.seed:<6} {' '.join(words):<46} {self.kills} kills {self.seconds:5.1f} s  "
        return told + ("ok" if not self.findings else "FAILED\n" + self.explain())

    def explain(self) -> str:
        """What was found, for whoever has to find out why."""
        lines = [str(self.plan), *(f"  {finding}" for finding in self.findings)]
        return "\n".join([*lines, f"  logs: {self.folder}", f"  again: make fault SEED={self.plan.seed}"])
