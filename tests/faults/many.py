"""Many runs, two at a time: `outcomes` as they come, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from faults.cluster import Services
from faults.outcome import Outcome
from faults.run import Run
from faults.schedule import Schedule

AT_A_TIME = 2


def carry_out(plan: Schedule, services: Services, folder: Path, *, keep: bool = False) -> Outcome:
    """One run; its files stay if something was found, or to `keep` them."""
    run = Run(plan, services, folder / f"seed-{plan.seed}{'-' + plan.sabotage if plan.sabotage else ''}")
    outcome = run.carry_out()
    if not outcome.findings and not keep:
        run.forget()
    return outcome


def outcomes(plans: Iterable[Schedule], services: Services, folder: Path) -> Iterator[Outcome]:
    """The outcomes of these schedules, in the order in which they come."""
    left = iter(plans)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        running: set[Future[Outcome]] = set()
        while True:
            for plan in left:
                running.add(pool.submit(carry_out, plan, services, folder))
                if len(running) == AT_A_TIME:
                    break
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()


def report(plans: Iterable[Schedule], services: Services, folder: Path) -> bool:
    """Print a line for each run and a summary; whether all was well."""
    runs = failed = lives = kills = restored = checkpoints = 0
    seconds, points = 0.0, Counter[str]()
    for outcome in outcomes(plans, services, folder):
        print(outcome.line(), flush=True)
        runs, failed = runs + 1, failed + bool(outcome.findings)
        lives, kills, seconds = lives + outcome.lives, kills + outcome.kills, seconds + outcome.seconds
        restored, checkpoints = restored + outcome.restored, checkpoints + outcome.checkpoints
        points.update(outcome.points)
    at = ", ".join(f"{point} {times}" for point, times in sorted(points.items()))
    print(
        f"{runs} seeds, {failed} failed; {lives} lives, {kills} kills, {restored} restores, {checkpoints} checkpoints"
    )
    print(f"{points.total()} of the kills at kill points: {at}")
    print(f"{seconds / max(runs, 1):.1f} s a seed")
    return not failed
