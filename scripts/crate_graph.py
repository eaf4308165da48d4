"""Print the crate graph of the workspace and fail on an arrow that rust/allowed-arrows.txt does not have.

Dependencies of tests and build scripts count as well: what a test needs, the crate's design needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "penstock-"


@dataclass(frozen=True)
class Rules:
    """What the text file allows: arrows between crates, and libraries that only some crates may name."""

    arrows: frozenset[tuple[str, str]]
    owners: dict[str, frozenset[str]]


def parse_rules(text: str) -> Rules:
    """Read lines of the form `crate -> crate` and `only crate, crate: library`; `#` begins a comment.

    >>> parse_rules("plan -> core").arrows
    frozenset({('plan', 'core')})
    """
    arrows: set[tuple[str, str]] = set()
    owners: dict[str, frozenset[str]] = {}
    for line in (raw.split("#")[0].strip() for raw in text.splitlines()):
        if line.startswith("only "):
            crates, _, library = line.removeprefix("only ").partition(":")
            owners[library.strip()] = frozenset(crate.strip() for crate in crates.split(","))
        elif line:
            start, arrow, end = line.partition("->")
            if not arrow:
                raise ValueError(f"neither 'crate -> crate' nor 'only crate: library': {line}")
            arrows.add((start.strip(), end.strip()))
    return Rules(frozenset(arrows), owners)


def dependencies() -> list[tuple[str, str]]:
    """Every direct dependency of the workspace's crates as (crate, what it depends on), without the prefix."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    found = {
        (package["name"].removeprefix(PREFIX), dependency["name"].removeprefix(PREFIX))
        for package in metadata["packages"]
        for dependency in package["dependencies"]
        # A crate that names itself does so for its own tests.
        if dependency["name"] != package["name"]
    }
    return sorted(found)


def violations(found: Iterable[tuple[str, str]], crates: frozenset[str], rules: Rules) -> list[str]:
    """The dependencies that the rules do not allow, each as a sentence.

    >>> rules = parse_rules("plan -> core")
    >>> violations([("plan", "core"), ("core", "plan")], frozenset({"core", "plan"}), rules)
    ['core -> plan is a new arrow between crates']
    """
    problems = []
    for crate, needed in found:
        if needed in crates and (crate, needed) not in rules.arrows:
            problems.append(f"{crate} -> {needed} is a new arrow between crates")
        owners = rules.owners.get(needed)
        if owners is not None and crate not in owners:
            problems.append(f"{crate} names {needed}, which only {', '.join(sorted(owners))} may")
    return problems


def main() -> int:
    found = dependencies()
    crates = frozenset(folder.parent.name for folder in (ROOT / "rust").glob("*/Cargo.toml"))
    for crate in sorted(crates):
        needed = [end for start, end in found if start == crate and end in crates]
        print(f"{crate:12} -> {', '.join(needed) or '(none)'}")
    problems = violations(found, crates, parse_rules((ROOT / "rust/allowed-arrows.txt").read_text()))
    for problem in problems:
        print(f"error: {problem} (see rust/allowed-arrows.txt)", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
