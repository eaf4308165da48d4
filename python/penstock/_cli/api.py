"""`penstock api`: how much of PyFlink is here."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from penstock._cli.coverage.report import Module, modules, total

_HEADINGS = ("names", "there", "same", "tested", "excluded", "coverage")


def main(argv: Sequence[str]) -> int:
    """Print the coverage: 0 all of PyFlink is here but for what is excluded, 1 something is missing."""
    parser = argparse.ArgumentParser(
        prog="penstock api",
        allow_abbrev=False,
        description="Compares pyflink.common, pyflink.datastream and pyflink.metrics of PyFlink 2.3 with Penstock: "
        "which classes, methods, attributes and functions are there, have the same parameters, defaults and values, "
        "and are executed by a test of Penstock's own. Exit status: 0 all, 1 something is missing.",
    )
    parser.add_argument("--missing", action="store_true", help="list what is missing, and why")
    parser.add_argument("--excluded", action="store_true", help="list what is left out on purpose, and why")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="only these modules, such as pyflink.common.time")
    chosen = parser.parse_args(argv)
    counted = modules()
    unknown = set(chosen.modules) - {module.name for module in counted}
    if unknown:
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    if chosen.modules:
        counted = [module for module in counted if module.name in chosen.modules]
    whole = total(counted)
    if chosen.missing:
        _list(whole.missing)
    if chosen.excluded:
        _list(whole.excluded)
    if not chosen.missing and not chosen.excluded:
        _table([*counted, whole])
    return 1 if whole.missing else 0


def _list(entries: Iterable[tuple[str, str]]) -> None:
    for name, words in entries:
        print(f"{name}: {words}")


def _table(rows: list[Module]) -> None:
    width = max(len(row.name) for row in rows)
    print(f"{'':{width}}", *(f"{heading:>8}" for heading in _HEADINGS))
    for row in rows:
        numbers = (row.total, row.there, row.same, row.covered, len(row.excluded))
        print(f"{row.name:{width}}", *(f"{number:8}" for number in numbers), f"{_percent(row):>8}")


def _percent(row: Module) -> str:
    wanted = row.total - len(row.excluded)
    # Rounded down: 100 % is all.
    return f"{row.covered * 1000 // wanted / 10:.1f} %" if wanted else "-"
