"""The time table at the end of a test run: the stages of `make test` before pytest, then each suite."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STAGES = ROOT / "build" / "times.tsv"


class SuiteTimes:
    """Adds up the seconds of each suite (a folder or file directly below tests/) and prints them with the stages."""

    def __init__(self, tests: Path) -> None:
        self._tests = tests
        self._seconds: dict[str, float] = defaultdict(float)
        self._began = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[suite(report.nodeid)] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds")
        for name, seconds, note in [*stages(STAGES), *self._suites()]:
            terminalreporter.write_line(f"{name:<32} {seconds:9.1f}{note}")

    def _suites(self) -> list[tuple[str, float, str]]:
        rows = [(f"  {name}", seconds, "") for name, seconds in sorted(self._seconds.items())]
        return [("pytest", time.monotonic() - self._began, ""), *rows]


def suite(nodeid: str) -> str:
    """The suite a test belongs to.

    >>> suite("tests/services/test_services.py::test_a"), suite("tests/test_docs.py::test_b")
    ('services', 'test_docs.py')
    """
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if parts[0] == "tests" and len(parts) > 1 else parts[0]


def stages(path: Path) -> list[tuple[str, float, str]]:
    """The stages that scripts/timed.sh noted; none where pytest was run by hand."""
    if not path.exists():
        return []
    rows = (line.split("\t") for line in path.read_text().splitlines())
    return [(name, float(seconds), "" if outcome == "ok" else f"  {outcome}") for name, seconds, outcome in rows]
