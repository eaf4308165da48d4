"""`penstock check`: says what scripts use that Penstock lacks, or Apache Flink, without running them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

NOTHING_MISSING = 0
SOMETHING_MISSING = 1
NOT_CHECKED = 2


def main(argv: Sequence[str]) -> int:
    """Check the scripts of the command line: 0 nothing is missing, 1 something is, 2 one could not be read."""
    parser = argparse.ArgumentParser(
        prog="penstock check",
        allow_abbrev=False,
        description="Lists imports and calls that Penstock lacks, with their lines; with --target flink, those that "
        "Apache Flink lacks. The scripts are read, not run. "
        "Exit status: 0 nothing is missing, 1 something is, 2 a script cannot be read.",
    )
    parser.add_argument("scripts", nargs="+", metavar="SCRIPT", help="a script, or a folder with scripts")
    parser.add_argument("--target", choices=["penstock", "flink"], default="penstock", help="who is to run them")
    chosen = parser.parse_args(argv)
    paths = (path for name in chosen.scripts for path in _files(Path(name)))
    return max((_check(path, chosen.target) for path in paths), default=NOTHING_MISSING)


def _files(path: Path) -> Iterator[Path]:
    """The script itself; of a folder, the scripts in it and below."""
    if path.is_dir():
        yield from sorted(path.rglob("*.py"))
    else:
        yield path


def _check(path: Path, target: str) -> int:
    from penstock._cli.checking.flink import read_for_flink
    from penstock._cli.checking.reader import read
    from penstock._runtime.tracebacks import format_user_traceback

    try:
        findings = (read_for_flink if target == "flink" else read)(path.read_bytes(), str(path))
    except OSError as error:
        print(f"penstock check: {path}: {error.strerror or error}", file=sys.stderr)
        return NOT_CHECKED
    except SyntaxError as error:
        print(format_user_traceback(error).rstrip(), file=sys.stderr)
        return NOT_CHECKED
    for finding in findings:
        print(f"{path}:{finding.line}: {finding.text}")
    if not findings:
        print(f"{path}: nothing is missing")
    return SOMETHING_MISSING if findings else NOTHING_MISSING
