"""Scripts whose output was recorded from Apache Flink print the same on Penstock.

Each script runs as a user would run it, in a process of its own, once as it is and once with the exchange that
serialises every batch. The recordings are made by `record.py`; what differs on purpose is in `differences.toml`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pyflink_wheel
import pytest
from conformance_cases import (
    EXPECTED,
    EXPECTED_PENSTOCK,
    ORIGINAL_NAMES,
    ORIGINALS,
    SERVICES,
    Case,
    Outcome,
    all_cases,
    load,
    original_cases,
    read_recording,
    run,
)

EXCHANGES = {"as-is": (), "serialized": ("-D", "penstock.testing.serialize-exchange=true")}
EXAMPLES_VARIABLE = "PENSTOCK_PYFLINK_EXAMPLES"
CASES = all_cases()
RECORDED = [case for case in CASES if case.recording.exists()]
DIFFERENCES = load("differences.toml")
POOL = ThreadPoolExecutor(len(EXCHANGES))


def expected_output(case: Case) -> str:
    """What Penstock is to print: Flink's recording, or its own where the difference is meant."""
    return read_recording(case.own_expectation if case.id in DIFFERENCES else case.recording)


def command(exchange: str) -> list[str]:
    return [sys.executable, "-m", "penstock", *EXCHANGES[exchange]]


@cache
def side_by_side(case: Case) -> dict[str, Future[Outcome]]:
    """The runs of a case with every exchange, at once: scripts about time wait more than they work."""
    return {exchange: POOL.submit(run, case, command(exchange)) for exchange in EXCHANGES}


def check(case: Case, exchange: str, env: dict[str, str] | None = None) -> None:
    """Compares the standard output of a case on Penstock. Cases that share a server run one after the other."""
    outcome = run(case, command(exchange), env) if env else side_by_side(case)[exchange].result()
    said = f"{case.id} ended with {outcome.code}\n--- standard output\n{outcome.stdout}--- standard error\n"
    assert outcome.code == 0, said + outcome.stderr[-4000:]
    assert case.comparable(outcome.stdout) == expected_output(case), said + outcome.stderr[-2000:]


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.id)
def test_prints_what_flink_prints(case: Case, exchange: str, request: pytest.FixtureRequest) -> None:
    check(case, exchange, {SERVICES[name]: request.getfixturevalue(name).bootstrap for name in case.services})


@pytest.fixture(scope="session")
def originals() -> Path:
    """PyFlink's own examples: of the installation that the variable names, else out of the wheel."""
    named = os.environ.get(EXAMPLES_VARIABLE)
    if named:
        return Path(named)
    cache = os.environ.get("PENSTOCK_CACHE")
    try:
        return pyflink_wheel.examples(Path(cache) if cache else Path.home() / ".cache" / "penstock")
    except subprocess.CalledProcessError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the wheel {pyflink_wheel.WHEEL} cannot be downloaded, and {EXAMPLES_VARIABLE} names no folder")


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("name", ORIGINAL_NAMES)
def test_pyflink_example_runs_as_it_is(name: str, exchange: str, originals: Path) -> None:
    found = {case.name: case for case in original_cases(originals)}
    assert name in found, f"no {name}.py in {originals}"
    check(found[name], exchange)


def test_every_script_is_recorded() -> None:
    missing = [case.id for case in CASES if not case.recording.exists()]
    assert not missing, "record them with record.py"


def test_every_recording_has_a_script() -> None:
    known = {case.recording for case in CASES} | {EXPECTED / ORIGINALS / f"{name}.txt" for name in ORIGINAL_NAMES}
    assert set(EXPECTED.rglob("*.txt")) == known


def test_every_recording_says_what_made_it() -> None:
    for path in EXPECTED.rglob("*.txt"):
        title = path.read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith("# apache-flink 2."), path
        assert ", Python 3." in title, path


def test_there_are_enough_scripts() -> None:
    assert len(CASES) >= 80


def test_differences_are_real_and_reasoned() -> None:
    known = {case.id: case for case in CASES}
    assert set(DIFFERENCES) <= set(known)
    for name, entry in DIFFERENCES.items():
        case = known[name]
        assert len(entry["reason"]) > 40, f"{name} has no reason worth the name"
        assert read_recording(case.own_expectation) != read_recording(case.recording), f"{name} does not differ"


def test_own_expectations_are_only_for_differences() -> None:
    found = {f"{path.parent.name}/{path.stem}" for path in EXPECTED_PENSTOCK.rglob("*.txt")}
    assert found == set(DIFFERENCES)
