"""`make faults N=200`, `make fault SEED=n`, `make faults-sabotage`, `make soak`: PYTHONPATH=tests python -m faults."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from faults import sabotage, seeds
from faults.cluster import Services, services
from faults.many import carry_out, report
from faults.schedule import schedule
from faults.soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    many = commands.add_parser("many", help="seeds one after the other")
    many.add_argument("number", type=int)
    one = commands.add_parser("one", help="one seed, with its logs")
    one.add_argument("seed", type=int)
    one.add_argument("--sabotage", choices=list(sabotage.KINDS))
    commands.add_parser("sabotage", help="every bug that can be switched on")
    soaking = commands.add_parser("soak", help="one job for long, with random kills")
    soaking.add_argument("minutes", type=float)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="penstock-faults-"))
    with services(folder) as running:
        well = _command(arguments, running, folder)
    if well:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if well else 1


def _command(arguments: argparse.Namespace, running: Services, folder: Path) -> bool:
    base = seeds.base()
    if arguments.command == "many":
        print(f"seeds from {base} on; {seeds.VARIABLE}={base} repeats this")
        return report((schedule(base + number) for number in range(arguments.number)), running, folder)
    if arguments.command == "one":
        return _one(arguments.seed, arguments.sabotage, running, folder)
    if arguments.command == "sabotage":
        print(f"seeds from {base} on; {seeds.VARIABLE}={base} repeats this")
        found = {kind: sabotage.found(kind, base, running, folder) for kind in sabotage.KINDS}
        return all(found.values())
    return soak(arguments.minutes, base, running, folder)


def _one(seed: int, kind: str | None, running: Services, folder: Path) -> bool:
    plan = schedule(seed, sabotage.KINDS[kind], kind) if kind else schedule(seed)
    print(plan, flush=True)
    outcome = carry_out(plan, running, folder, keep=True)
    for log in sorted(outcome.folder.glob("life-*.log")):
        print(f"--- {log.name}\n{log.read_text(encoding='utf-8')}")
    print(outcome.line())
    return not outcome.findings


if __name__ == "__main__":
    sys.exit(main())
