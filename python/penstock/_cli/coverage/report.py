"""How much of PyFlink is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from penstock._cli.coverage import compare, excluded
from penstock._cli.coverage.facts import Name, names

PACKAGES = ("pyflink.common", "pyflink.datastream", "pyflink.metrics")

NOT_EXECUTED = "is executed by no test"

_EXECUTED = Path(__file__).with_name("executed.txt")


@dataclass
class Module:
    """The names of one module: how many are there, are as PyFlink's, are executed by a test, and what is missing."""

    name: str
    total: int = 0
    there: int = 0
    same: int = 0
    covered: int = 0
    excluded: list[tuple[str, str]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: Name, executed: bool) -> None:
        """Count a name."""
        self.total += 1
        reason = excluded.reason(name.path)
        if reason is not None:
            self.excluded.append((name.path, reason))
            return
        difference = compare.difference(name)
        self.there += difference != compare.NOT_THERE
        self.same += difference is None
        self.covered += difference is None and executed
        if difference is None and not executed:
            difference = NOT_EXECUTED
        if difference is not None:
            self.missing.append((name.path, difference))


def modules() -> list[Module]:
    """The modules of `PACKAGES` that have names of their own."""
    found: dict[str, Module] = {}
    known = executed()
    for name in names():
        if name.module.startswith(PACKAGES):
            found.setdefault(name.module, Module(name.module)).add(name, name.path in known)
    return list(found.values())


def total(counted: Iterable[Module]) -> Module:
    """The sum of modules."""
    whole = Module("total")
    for module in counted:
        for attribute in ("total", "there", "same", "covered", "excluded", "missing"):
            setattr(whole, attribute, getattr(whole, attribute) + getattr(module, attribute))
    return whole


def executed(file: Path = _EXECUTED) -> dict[str, str]:
    """A test that executes a name, by name."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {name: test for name, _, test in (line.partition(" ") for line in lines if not line.startswith("#"))}
