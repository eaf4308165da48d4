"""Bugs that are switched on in the engine, each in the place where it would be: the schedules have to find them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from faults.cluster import Services
from faults.many import outcomes
from faults.schedule import Schedule, schedule

MOST_SEEDS = 20


def _rescales(plan: Schedule) -> bool:
    lives = 1 + sum(kill.slot is None for kill in plan.kills)
    return len({plan.parallelism_of(life) for life in range(lives)}) > 1


def _in_keyed_state(plan: Schedule) -> bool:
    return plan.job != "asynchronous"


KINDS: Mapping[str, Callable[[Schedule], bool]] = {
    "skip-commit": lambda _: True,
    "early-ack": lambda _: True,
    "lose-timer": lambda plan: plan.job in ("timers", "join"),
    "skip-write-back": _in_keyed_state,
    "drop-in-flight": lambda plan: plan.unaligned and plan.slow_us > 0 and plan.parallelism[0] > 1,
    "old-key-groups": lambda plan: _in_keyed_state(plan) and _rescales(plan),
}
"""By the word of the option: the schedules in which it can matter."""


def found(kind: str, base: int, services: Services, folder: Path) -> bool:
    """Run seeds with this bug until one finds it, and say which; whether one did."""
    for tried in range(MOST_SEEDS):
        plan = schedule(base + tried, KINDS[kind], kind)
        for outcome in outcomes([plan], services, folder):
            if outcome.findings:
                told = outcome.findings[0].splitlines()[0]
                print(f"{kind}: found by seed {plan.seed}, number {tried + 1} of {MOST_SEEDS} ({told})", flush=True)
                return True
    print(f"{kind}: NOT FOUND by {MOST_SEEDS} seeds from {base} on", flush=True)
    return False
