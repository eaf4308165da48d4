"""Holds the tests to `executed.txt`, and writes it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import penstock
from api_trace import table
from api_trace.tracer import Tracer
from penstock._cli.coverage import report

HERE = Path(__file__).resolve().parent
FILE = HERE.parents[1] / "python" / "penstock" / "_cli" / "coverage" / "executed.txt"
TITLE = "# A name of PyFlink, and a test that executes it. `make api` writes this file.\n"


class ApiTrace:
    """Traces the tests that `executed.txt` names; with `write` all tests, and the file is written at the end."""

    def __init__(self, write: bool) -> None:
        self._write = write
        self._before = report.executed(FILE)
        self._of_test: dict[str, set[str]] = {}
        for name, test in self._before.items():
            self._of_test.setdefault(test, set()).add(name)
        self._found: dict[str, set[str]] = {}
        self._settings = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run a test; it fails if it does not execute a name that the file says it does."""
        expected = self._of_test.get(item.nodeid, set())
        if not self._write and not expected:
            return (yield)
        executed: set[str] = set()
        with self._tracing(executed):
            result = yield
        if self._write:
            self._found[item.nodeid] = executed
        else:
            lost = sorted(expected - executed)
            assert not lost, f"this test does not execute these names any more: {lost}; `make api` finds others"
        return result

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        if self._write:
            chosen = choose(self._before, self._found)
            lines = "".join(f"{name} {test}\n" for name, test in sorted(chosen.items()))
            FILE.write_text(TITLE + lines, encoding="utf-8")

    @contextmanager
    def _tracing(self, executed: set[str]) -> Iterator[None]:
        if not self._settings:
            self._settings = json.dumps({"table": table.made(), "package": str(Path(penstock.__file__).parent)})
        settings = json.loads(self._settings)
        tracer = Tracer(settings["table"], settings["package"], executed.add)
        with tempfile.TemporaryDirectory(prefix="api-trace-") as folder, pytest.MonkeyPatch.context() as patch:
            (Path(folder) / "table.json").write_text(self._settings)
            patch.setenv("API_TRACE", folder)
            patch.setenv("API_TRACE_CODE", str(HERE))
            patch.setenv("PYTHONPATH", str(HERE / "inside"), prepend=os.pathsep)
            tracer.start()
            try:
                yield
            finally:
                tracer.stop()
            for names in Path(folder).glob("*.names"):
                executed.update(names.read_text().split())
        executed |= {name for name in _classes(settings["table"]) if _has_member(name, executed)}


def _classes(made: table.Table) -> list[str]:
    """All classes of a table."""
    return [path for paths in made["classes"].values() for path in paths]


def _has_member(kind: str, executed: set[str]) -> bool:
    """Whether something of a class was executed: then the class was."""
    return any(name.startswith(kind + ".") for name in executed)


def choose(before: dict[str, str], found: dict[str, set[str]]) -> dict[str, str]:
    """A test for each name, few tests in all; a test keeps its names as long as it executes them."""
    chosen = {name: test for name, test in before.items() if name in found.get(test, {name})}
    left = {test: names - chosen.keys() for test, names in found.items()}
    while any(left.values()):
        best = max(sorted(left), key=lambda test: len(left[test]))
        taken = left[best]
        chosen.update(dict.fromkeys(taken, best))
        left = {test: names - taken for test, names in left.items()}
    return chosen
