"""Records what Apache Flink prints for the conformance scripts.

    python tests/conformance/record.py --python ~/flink-venv/bin/python [feature/name | feature ...]

`--python` is the interpreter of a virtual environment with `apache-flink`; Java has to be on PATH. Every script runs
three times, each time in another JVM; output that is not the same each time is refused (compared as the script's
header says), and an old recording stays. Without names, and for features, it records what has no recording yet, or
everything with `--all`. PyFlink's own examples are taken from the environment's `pyflink/examples`. Jars that a
script's header names come from the folder `--jars`, and the addresses of its servers from the environment.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance_cases import HERE, SERVICES, Case, all_cases, original_cases

PASSES = 3
TIMEOUT_PER_SCRIPT = 600.0
_PROBE = (
    "import os, platform, pyflink, pyflink.version as v;"
    "print(v.__version__, platform.python_version(), os.path.dirname(pyflink.__file__), sep='\\n')"
)


_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ (?:INFO|WARN) .*\n", re.MULTILINE)
"""Flink's configuration lets what Hadoop logs go to the standard output."""


class Refused(Exception):
    """A script's output cannot be recorded."""


@dataclass(frozen=True)
class Result:
    """What one script did in one pass."""

    output: str
    failure: str | None


class Flink:
    """An interpreter with apache-flink, as the recorder uses it."""

    def __init__(self, python: Path, jars: Path | None) -> None:
        self.python = python
        self.jars = jars.absolute() if jars else None
        probe = subprocess.run([str(python), "-c", _PROBE], capture_output=True, text=True, check=True)
        self.version, self.python_version, package = probe.stdout.split("\n")[:3]
        self.examples = Path(package) / "examples" / "datastream"

    @property
    def env(self) -> dict[str, str]:
        """Flink starts `python` from PATH for its workers, so the environment's folder has to come first."""
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}

    def jars_of(self, case: Case) -> list[Path]:
        """What the case needs besides Flink's own."""
        found = {name: sorted(self.jars.glob(f"{name}-[0-9]*.jar")) if self.jars else [] for name in case.jars}
        missing = [name for name, jars in found.items() if not jars]
        if missing:
            sys.exit(f"{case.id} needs {', '.join(missing)} in the folder that --jars names")
        return [jars[-1] for jars in found.values()]

    def run_pass(self, cases: Sequence[Case]) -> dict[str, Result]:
        """Runs every case once, all in one new process with one JVM."""
        with tempfile.TemporaryDirectory(prefix="record-") as folder:
            output, report = Path(folder) / "output", Path(folder) / "report.jsonl"
            report.touch()
            # PyFlink gives the JVM its own jars and those of this variable.
            jars = {"HADOOP_CLASSPATH": os.pathsep.join(str(jar) for case in cases for jar in self.jars_of(case))}
            jobs = [{"id": case.id, "script": str(case.script), "args": case.args} for case in cases]
            with output.open("ab") as stdout:
                done = subprocess.run(
                    [str(self.python), str(HERE / "flink_pass.py"), str(report)],
                    input="".join(json.dumps(job) + "\n" for job in jobs).encode(),
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    env={**self.env, **jars, "TMPDIR": folder},
                    cwd=folder,
                    timeout=TIMEOUT_PER_SCRIPT * len(cases),
                    check=False,
                )
            if done.returncode != 0:
                print(done.stderr.decode(errors="replace")[-4000:], file=sys.stderr)
            written = output.read_bytes()
            lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
        return {line["id"]: Result(written[line["start"] : line["end"]].decode(), line["failure"]) for line in lines}

    def write(self, case: Case, output: str) -> None:
        """Files a recording, with what it was recorded from in the first line."""
        case.recording.parent.mkdir(parents=True, exist_ok=True)
        made_by = [f"apache-flink {self.version}", f"Python {self.python_version}"]
        made_by += [jar.stem for jar in self.jars_of(case)]
        case.recording.write_text(f"# {', '.join(made_by)}\n{output}", encoding="utf-8")


def agreed(case: Case, results: Sequence[Result | None]) -> str:
    """The output that all runs of `case` agree on; `Refused` if one failed or differs."""
    outputs = [case.comparable(sound_output(result)) for result in results]
    for number, output in enumerate(outputs, start=1):
        if output != outputs[0]:
            raise Refused(f"run {number} differs from run 1\n--- 1\n{outputs[0]}--- {number}\n{output}")
    return outputs[0]


def sound_output(result: Result | None) -> str:
    """The output of a run that succeeded; `Refused` if it did not."""
    if result is None:
        raise Refused("a run did not end")
    if result.failure is not None:
        raise Refused(f"a run failed\n{result.output}{result.failure[-3000:]}")
    return _LOG_LINE.sub("", result.output)


def chosen(cases: list[Case], names: list[str], everything: bool) -> list[Case]:
    """The cases to record: the named ones, and of the named features (or all) those that have no recording."""
    unknown = set(names) - {case.id for case in cases} - {case.feature for case in cases}
    if unknown:
        sys.exit(f"no such script: {', '.join(sorted(unknown))}")
    if names:
        cases = [case for case in cases if case.id in names or case.feature in names]
    return [case for case in cases if everything or case.id in names or not case.recording.exists()]


def check_addresses(cases: Sequence[Case]) -> None:
    """Ends if the address of a server that a case needs is not in the environment."""
    missing = {SERVICES[name] for case in cases for name in case.services} - set(os.environ)
    if missing:
        sys.exit(f"{', '.join(sorted(missing))} is not set")


def record(flink: Flink, cases: Sequence[Case]) -> int:
    """Records the cases and says for each what came of it; the number of refused ones.

    A script that fails in the first pass is not run again.
    """
    sound: list[Case] = []
    passes = [flink.run_pass(cases)]
    for case in cases:
        try:
            sound_output(passes[0].get(case.id))
            sound.append(case)
        except Refused as error:
            print(f"REFUSED {case.id}: {error}", flush=True)
    if sound:
        passes.extend(flink.run_pass(sound) for _ in range(PASSES - 1))
    recorded = 0
    for case in sound:
        try:
            output = agreed(case, [results.get(case.id) for results in passes])
        except Refused as error:
            print(f"REFUSED {case.id}: {error}", flush=True)
            continue
        flink.write(case, output)
        recorded += 1
        print(f"recorded {case.id}: {len(output.splitlines())} lines", flush=True)
    return len(cases) - recorded


def main() -> int:
    """Records what the command line asks for; 1 if a script was refused."""
    parser = argparse.ArgumentParser(description="Record the output of Apache Flink for the conformance scripts.")
    parser.add_argument("--python", type=Path, required=True, help="interpreter of an environment with apache-flink")
    parser.add_argument("--all", action="store_true", help="record again what has a recording")
    parser.add_argument("--jars", type=Path, help="folder of the jars that scripts name")
    parser.add_argument("names", nargs="*", metavar="feature[/name]")
    arguments = parser.parse_args()
    flink = Flink(arguments.python.absolute(), arguments.jars)
    cases = chosen(all_cases() + original_cases(flink.examples), arguments.names, arguments.all)
    check_addresses(cases)
    return 1 if cases and record(flink, cases) else 0


if __name__ == "__main__":
    sys.exit(main())
