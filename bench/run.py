"""Benchmarks of Penstock against its peers. See `bench/README.md` for the method.

python bench/run.py                     all rows whose peer is not PyFlink; writes bench/results.json
python bench/run.py --flink             the rows whose peer is PyFlink, appended to it
python bench/run.py map_chain start     these rows only
python bench/run.py --quick             small sizes, one round, nothing written
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import results
from harness.catalogue import ROWS, WORKLOADS
from harness.measure import Bench, Effort, Figures, say
from harness.process import SideError
from harness.pythons import BENCH, Pythons, version
from harness.row import OURS, Row

BY_NAME = {row.name: row for row in ROWS}


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"rows to measure: {', '.join(BY_NAME)}")
    parser.add_argument("--flink", action="store_true", help="the rows whose peer is PyFlink")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round; written only with --out")
    parser.add_argument("--peers-only", action="store_true", help="measure the peers alone; nothing is written")
    parser.add_argument("--out", type=Path, help="file for the results (default: bench/results.json)")
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="interpreter that has penstock (default: this one)"
    )
    parser.add_argument("--flink-python", type=Path, help="has apache-flink (default: made on demand)")
    given = parser.parse_args(argv)
    if unknown := [name for name in given.rows if name not in BY_NAME]:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    return given


def selected(names: Sequence[str], *, flink: bool) -> list[tuple[Row, list[str]]]:
    """The rows to measure, each with its peers."""
    chosen = [BY_NAME[name] for name in names] if names else list(ROWS)
    return [(row, peers) for row in chosen if (peers := row.peers(flink=flink))]


def measured(bench: Bench, rows: list[tuple[Row, list[str]]], *, ours: bool) -> dict[str, dict[str, Figures]]:
    """Figures by workload and side; rows of one workload share its runs."""
    found: dict[str, dict[str, Figures]] = {}
    for workload in WORKLOADS:
        wanted = [(row.figure, peers) for row, peers in rows if row.workload == workload.name]
        if not wanted or (workload.ours_alone() and not ours):
            continue
        names = [*([OURS] if ours else []), *wanted[0][1]]
        try:
            found[workload.name] = bench.measure(workload, names, {figure for figure, _ in wanted})
        except SideError as error:
            bench.failures.append(str(error))
            say(f"FAILED: {workload.name}: {error}")
    return found


def done(rows: list[tuple[Row, list[str]]], found: dict[str, dict[str, Figures]]) -> list[tuple[Row, list[str]]]:
    """The rows with those of their peers that have figures."""
    return [(row, [peer for peer in peers if peer in found.get(row.workload, {})]) for row, peers in rows]


def heading(pythons: Pythons) -> str:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{version(pythons.ours)}, {os.cpu_count()} cores, load average at the beginning {load}"


def peers_table(rows: list[tuple[Row, list[str]]], found: dict[str, dict[str, Figures]]) -> str:
    cells: list[tuple[str, ...]] = [("name", "peer", "unit", "peer's")]
    for row, peers in rows:
        for peer in peers:
            cells.append((row.name, peer, row.unit, results.number(found[row.workload][peer][row.figure])))
    return results.columns(cells)


def report(
    given: argparse.Namespace,
    rows: list[tuple[Row, list[str]]],
    found: dict[str, dict[str, Figures]],
    notes: Sequence[str],
) -> None:
    """Prints what was measured and writes it, over everything older only if everything was measured."""
    new = [line for row, peers in rows if peers for line in results.results(row, peers, found[row.workload])]
    print(results.table(BY_NAME, new))
    for note in notes:
        print(f"note: {note}")
    path = given.out or (None if given.quick else BENCH / "results.json")
    if path and new:
        partial = given.flink or given.rows
        results.write(path, results.merged(results.read(path) if partial else [], new))
        print(f"written to {path}")


def main(argv: Sequence[str]) -> int:
    given = arguments(argv)
    rows = selected(given.rows, flink=given.flink)
    if not rows:
        say(f"none of these rows has a peer that is {'' if given.flink else 'not '}PyFlink")
        return 2
    pythons = Pythons(given.python, given.flink_python)
    bench = Bench(pythons, Effort.quick() if given.quick else Effort.full())
    try:
        if not given.peers_only:
            pythons.check_ours()
        title = heading(pythons)
        found = measured(bench, rows, ours=not given.peers_only)
    except SideError as error:
        say(str(error))
        return 1
    finally:
        bench.close()
    print(title)
    if given.peers_only:
        print(peers_table(done(rows, found), found))
    else:
        report(given, done(rows, found), found, bench.notes)
    for failure in bench.failures:
        print(f"FAILED: {failure.splitlines()[0]}")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
