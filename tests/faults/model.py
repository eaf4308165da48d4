"""The input of `jobs/swapped_model.py`, and what its output has to be, whatever version a prediction is of."""

from __future__ import annotations

import random
from pathlib import Path

from faults.schedule import Schedule
from faults.workload import JOBS, Input, Place, Workload

TOPICS = ("numbers",)
NUMBERS = 4_000


def workload(topics: list[str], out: str, partitions: int, rng: random.Random) -> Workload:
    """Numbers in some order; each comes out once, times the factor of the version that it names."""
    numbers = [*range(1, NUMBERS + 1)]
    rng.shuffle(numbers)
    inputs = [Input(topics[0], place % partitions, str(number)) for place, number in enumerate(numbers)]
    return Workload(inputs, {out: [str(number) for number in numbers]}, canonical=_number)


def _number(line: str) -> str:
    """The number of a line that is right; the line itself if it is not."""
    number, scaled, version = line.split()
    # A file of this machine has its length in its version, and the model's is its factor.
    factor = int(version.split("-")[1], 16)
    return number if int(scaled) == int(number) * factor else line


def command(plan: Schedule, _life: int, place: Place) -> tuple[Path, list[str]]:
    """The script and its arguments."""
    model = place.folder / "model.txt"
    if not model.exists():
        model.write_text("10".rjust(10))
    arguments = [place.brokers, place.topics[0], str(place.ends[place.topics[0]]), place.out, plan.naming, str(model)]
    return JOBS / "swapped_model.py", arguments
