"""What is written to `results.json` and what is printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .arithmetic import ratio, significant
from .row import OURS, Row


@dataclass(frozen=True)
class Result:
    """One line of `results.json`."""

    name: str
    unit: str
    ours: float
    peer: float
    peer_name: str
    ratio: float


def results(row: Row, peers: Iterable[str], figures: Mapping[str, Mapping[str, float]]) -> list[Result]:
    """A result for each peer; the ratio is that of the figures as they are written."""
    made = []
    for peer_name in peers:
        ours = significant(figures[OURS][row.figure])
        peer = significant(figures[peer_name][row.figure])
        better = ratio(ours, peer, more_is_better=row.more_is_better)
        made.append(Result(row.name, row.unit, ours, peer, peer_name, significant(better, 4)))
    return made


def read(path: Path) -> list[Result]:
    """The results of an earlier run; none if there was none."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text().splitlines()]


def merged(old: Iterable[Result], new: Iterable[Result]) -> list[Result]:
    """The old results, those measured again replaced, the others appended."""
    by_key = {(one.name, one.peer_name): one for one in [*old, *new]}
    return list(by_key.values())


def write(path: Path, lines: Iterable[Result]) -> None:
    """One JSON object a line; the file is whole at any moment."""
    beside = path.with_name(path.name + ".new")
    beside.write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines))
    beside.replace(path)


def reached(row: Row, result: Result) -> bool:
    """Whether the ratio, and where there is one the limit of our own figure, is kept."""
    within = row.ours_at_most is None or result.ours <= row.ours_at_most
    within = within and (row.ours_at_least is None or result.ours >= row.ours_at_least)
    goal = row.goals[result.peer_name]
    return within and (goal is None or result.ratio >= goal)


def table(rows: Mapping[str, Row], lines: Iterable[Result]) -> str:
    """The results for a reader."""
    cells: list[tuple[str, ...]] = [("name", "peer", "unit", "ours", "peer's", "ratio", "to reach", "")]
    for line in lines:
        row = rows[line.name]
        least = row.goals[line.peer_name]
        goal = "" if least is None else f">= {least:g}"
        if row.ours_at_most is not None:
            goal += f", ours <= {row.ours_at_most:g}"
        if row.ours_at_least is not None:
            goal += f", ours >= {row.ours_at_least:g}"
        verdict = "" if least is None else "yes" if reached(row, line) else "NO"
        figures = (number(line.ours), number(line.peer), number(line.ratio))
        cells.append((line.name, line.peer_name, line.unit, *figures, goal, verdict))
    return columns(cells)


def columns(cells: list[tuple[str, ...]]) -> str:
    """Left-aligned columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def number(value: float) -> str:
    """Thousands with separators and no decimals, small numbers with what they need."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"
