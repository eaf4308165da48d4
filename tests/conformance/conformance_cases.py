"""What a conformance case is: a script, its header directives and how its output is compared.

A script opens with comment lines. The first says what it shows; a line `# name: value` is a directive:

- `order: exact` (the default), `order: free`: the lines are compared sorted, or `order: per-sink`: the lines that one
  `print("name")` wrote are compared in order, but not how those of several mix;
- `args: a b`: arguments given to the script;
- `cases: a b`: the script is several cases of these names, each with its name as the argument and compared as the
  directives above say;
- `prefix: any`: the number in front of a printed record (`N> `, `name:N> `), which names a subtask, is not compared;
- `jars: a b`: what Flink needs besides its own, without versions;
- `services: kafka`: servers that are running, each at the address in its environment variable (`SERVICES`).

The recorder and the test both go through `run` and `comparable`, so that a recording and a test run differ only
in the program that ran the script.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # comes with pytest

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE / "scripts"
EXPECTED = HERE / "expected"
EXPECTED_PENSTOCK = HERE / "expected_penstock"
ORIGINALS = "pyflink_originals"
"""The feature under which PyFlink's own examples are filed; their text is not part of this repository."""

ORIGINAL_NAMES = ("word_count", "process_json_data", "state_access")

_DIRECTIVE = re.compile(r"#\s*(\w+):\s*(.*?)\s*$")
_SUBTASK_PREFIX = re.compile(r"^(?:(\w+):)?\d+> ", re.MULTILINE)
_CHOICES = {"order": {"exact", "free", "per-sink"}, "prefix": {"exact", "any"}}
_LISTS = {"args", "cases", "jars", "services"}

SERVICES = {"kafka": "KAFKA_BOOTSTRAP_SERVERS"}
"""Where a script finds the address of a server."""


class BadHeader(ValueError):
    """A script's header has a directive that is not known."""


@dataclass(frozen=True)
class Case:
    """One script and how its output is to be compared."""

    feature: str
    name: str
    script: Path
    order: str = "exact"
    prefix: str = "exact"
    args: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`feature/name`, the way the matrix and the differences name a case."""
        return f"{self.feature}/{self.name}"

    @property
    def recording(self) -> Path:
        """Where the output of Apache Flink is kept."""
        return EXPECTED / self.feature / f"{self.name}.txt"

    @property
    def own_expectation(self) -> Path:
        """Where Penstock's output is kept for a case with a deliberate difference."""
        return EXPECTED_PENSTOCK / self.feature / f"{self.name}.txt"

    def comparable(self, output: str) -> str:
        """`output` without what the header says is not to be compared."""
        if self.prefix == "any":
            output = _SUBTASK_PREFIX.sub(lambda found: f"{found[1]}> " if found[1] else "", output)
        if self.order == "free":
            output = "".join(sorted(line + "\n" for line in output.splitlines()))
        if self.order == "per-sink":
            output = "".join(sorted((line + "\n" for line in output.splitlines()), key=_sink))
        return output


@dataclass(frozen=True)
class Outcome:
    """How a run of a script ended."""

    code: int
    stdout: str
    stderr: str


def _sink(line: str) -> str:
    """The identifier that `print("name")` puts in front of a record."""
    return line.partition("> ")[0]


def read_cases(script: Path) -> Iterator[Case]:
    """The cases of a script under `scripts/`; `BadHeader` if a directive is misspelt."""
    directives: dict[str, str] = {}
    several = False
    for line in _header(script):
        match = _DIRECTIVE.match(line)
        if match is None:
            continue
        name, value = match.groups()
        allowed = _CHOICES.get(name)
        if allowed is None and name not in _LISTS:
            raise BadHeader(f"{script}: unknown directive {name!r}")
        if allowed is not None and value not in allowed:
            raise BadHeader(f"{script}: {name} is {value!r}, it can be {sorted(allowed)}")
        if name == "cases":
            several = True
            yield from (_case(script, case, {**directives, "args": case}) for case in value.split())
        directives[name] = value
    if not several:
        yield _case(script, script.stem, directives)


def _case(script: Path, name: str, directives: dict[str, str]) -> Case:
    services = tuple(directives.get("services", "").split())
    if not set(services) <= set(SERVICES):
        raise BadHeader(f"{script}: services are {services}, they can be {sorted(SERVICES)}")
    return Case(
        feature=script.parent.name,
        name=name,
        script=script,
        order=directives.get("order", "exact"),
        prefix=directives.get("prefix", "exact"),
        args=tuple(shlex.split(directives.get("args", ""))),
        jars=tuple(directives.get("jars", "").split()),
        services=services,
    )


def _header(script: Path) -> Iterator[str]:
    """The comment lines a script opens with, without the first, which is prose."""
    with script.open(encoding="utf-8") as lines:
        next(lines, None)
        for line in lines:
            if not line.startswith("#"):
                return
            yield line


def all_cases() -> list[Case]:
    """Every script of this repository, in a fixed order."""
    return [case for script in sorted(SCRIPTS.glob("*/*.py")) for case in read_cases(script)]


def original_cases(folder: Path) -> list[Case]:
    """PyFlink's own examples in `folder` (`pyflink/examples/datastream` of an installed apache-flink).

    They leave the parallelism at its default, so neither the order nor the subtask is compared.
    """
    return [
        Case(ORIGINALS, name, folder / f"{name}.py", order="free", prefix="any")
        for name in ORIGINAL_NAMES
        if (folder / f"{name}.py").exists()
    ]


def run(case: Case, command: Sequence[str], env: dict[str, str] | None = None, timeout: float = 60) -> Outcome:
    """Runs the script of `case` by `command` in a temporary working directory of its own."""
    with tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [*command, str(case.script), *case.args],
            cwd=folder,
            env={**os.environ, **(env or {}), "PYTHONUNBUFFERED": "1", "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))


def read_recording(path: Path) -> str:
    """The output in a recording, without its first line, which says what was recorded and how."""
    return path.read_text(encoding="utf-8").partition("\n")[2]


def load(name: str) -> dict[str, Any]:
    """A TOML file of this folder."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
