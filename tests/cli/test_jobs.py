"""Commands about running jobs: they find the process, and speak to its REST API."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts, Started

COUNTING = (
    ENVIRONMENT
    + """
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
import sys, time
def slowly(n):
    time.sleep(0.001)
    return n
numbers = env.from_source(NumberSequenceSource(0, 10**12), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
numbers.uid("numbers").map(slowly, Types.LONG()).print()
env.execute("counting")
"""
)


class Machine:
    """A user's runtime directory of its own, so that other jobs of this machine are not seen."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.runtime = scripts.folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        self.environment = {"XDG_RUNTIME_DIR": str(self.runtime), "PENSTOCK_LOG": "info"}

    def start(self, *options: str) -> Started:
        """A job that counts for ever, once it prints."""
        self.scripts.write(COUNTING)
        started = self.scripts.start("run", *options, "job.py", env=self.environment)
        assert started.line() == "0" or options
        return started

    def command(self, *arguments: str) -> Outcome:
        """A command."""
        return self.scripts.run(*arguments, env=self.environment)

    def job_id(self) -> str:
        """The id of the only job."""
        found = re.search(r": ([0-9a-f]{32}) : counting \(RUNNING\)", self.command("list").succeeded())
        assert found is not None
        return found[1]


@pytest.fixture
def machine(scripts: Scripts) -> Machine:
    """A machine without jobs."""
    return Machine(scripts)


@pytest.fixture
def job(machine: Machine) -> Iterator[Started]:
    """A job with a directory for savepoints and checkpoints every 100 ms."""
    folder = machine.scripts.folder
    directories = ["-D", f"execution.checkpointing.savepoint-dir={folder / 'savepoints'}"]
    interval = ["-D", "execution.checkpointing.interval=100 ms"]
    started = machine.start(*directories, *interval)
    yield started
    started.signal(signal.SIGKILL)


def test_nothing_runs(machine: Machine) -> None:
    assert machine.command("list").succeeded().splitlines() == [
        "Waiting for response...",
        "No running jobs.",
        "No scheduled jobs.",
    ]
    for command in ("stop", "cancel", "savepoint", "checkpoint", "checkpoints"):
        said = machine.command(command).failed()
        assert "no job runs on this machine" in said
        assert "-m host:port" in said
    assert "is not reachable" in machine.command("list", "-m", "localhost:1").failed()
    assert "not an address" in machine.command("list", "-m", "localhost").failed()


def test_what_a_dead_process_has_left_is_removed(machine: Machine) -> None:
    folder = machine.runtime / "penstock"
    folder.mkdir(mode=0o700)
    entries = {"1.json": {"pid": 1, "started": 0, "address": "127.0.0.1:1"}, "2.json": "nonsense"}
    for name, entry in entries.items():
        (folder / name).write_text(json.dumps(entry), encoding="utf-8")
    machine.command("list").succeeded()
    assert list(folder.iterdir()) == []


def test_list_and_checkpoints(machine: Machine, job: Started) -> None:
    job.wait_for("Completed checkpoint 1 ")
    job_id = machine.job_id()
    listed = machine.command("list", "-r").succeeded().splitlines()
    assert listed[1] == "------------------ Running/Restarting Jobs -------------------"
    assert re.fullmatch(rf"\d\d\.\d\d\.\d{{4}} \d\d:\d\d:\d\d : {job_id} : counting \(RUNNING\)", listed[2])
    assert listed[3:] == ["-" * 62]
    assert "No scheduled jobs." in machine.command("list", "-s").succeeded()
    completed = machine.command("checkpoint", job_id).succeeded()
    assert re.search(rf"Checkpoint\(CONFIGURED\) \d+ for job {job_id} completed\.", completed)
    history = machine.command("checkpoints", "counting").succeeded().splitlines()
    assert re.match(r"\d+ completed, \d+ in progress, 0 failed, 0 restored", history[0])
    assert any("(COMPLETED)" in line for line in history[1:])


def test_a_savepoint_is_taken_restored_and_disposed_of(machine: Machine, job: Started) -> None:
    said = machine.command("savepoint", machine.job_id(), "-type", "native").succeeded().splitlines()
    assert said[1] == "Waiting for response..."
    path = Path(said[2].removeprefix("Savepoint completed. Path: file://"))
    assert path.parent == machine.scripts.folder / "savepoints"
    assert re.fullmatch(r"savepoint-[0-9a-f]{6}-[0-9a-f]{12}", path.name)

    again = machine.start("-s", str(path))
    again.wait_for(f"Restoring job [0-9a-f]+ from Savepoint .* located at file://{path}")
    assert int(again.line()) > 0
    said_both = machine.command("stop").failed()
    assert "several jobs run" in said_both
    assert said_both.count(": counting (RUNNING)") == 2
    again.signal(signal.SIGINT)

    disposed = machine.command("savepoint", "-d", str(path)).succeeded()
    assert disposed.splitlines()[-1] == f"Savepoint '{path}' disposed."
    assert not path.exists()
    assert "no checkpoint at" in machine.command("savepoint", "-d", str(path)).failed()


@pytest.mark.parametrize("drain", [False, True])
def test_stop(machine: Machine, job: Started, drain: bool) -> None:
    job_id, directory = machine.job_id(), machine.scripts.folder / "stopped"
    options = ["--drain"] if drain else []
    said = machine.command("stop", *options, "-p", str(directory), job_id).succeeded().splitlines()
    doing = "Draining" if drain else "Suspending"
    assert said[0] == f'{doing} job "{job_id}" with a CANONICAL savepoint.'
    assert said[-1].startswith(f"Savepoint completed. Path: file://{directory}/savepoint-{job_id[:6]}-")
    ended = job.wait()
    assert ended.code == 0, ended.err
    assert f"Job {job_id} reached terminal state FINISHED" in ended.err
    printed = [int(line) for line in ended.out.split()]
    assert printed == list(range(printed[0], printed[0] + len(printed)))


def test_cancel(machine: Machine, job: Started) -> None:
    job_id = machine.job_id()
    assert machine.command("cancel", job_id).succeeded().splitlines()[-1] == f"Cancelled job {job_id}."
    assert job.wait().code == 1


def test_cancel_with_savepoint(machine: Machine, job: Started) -> None:
    job_id = machine.job_id()
    last = machine.command("cancel", "-s", job_id).succeeded().splitlines()[-1]
    assert last.startswith(f"Cancelled job {job_id}. Savepoint stored in file://{machine.scripts.folder}/savepoints/")
    assert job.wait().code == 1


def test_what_is_wrong_is_said(machine: Machine) -> None:
    started = machine.start()
    try:
        assert "there is no job nobody" in machine.command("stop", "nobody").failed()
        assert "execution.checkpointing.savepoint-dir" in machine.command("savepoint").failed()
        assert "usage:" in machine.command("savepoint", "-type", "parquet").failed(2)
    finally:
        started.signal(signal.SIGKILL)


def test_the_same_from_a_script(scripts: Scripts) -> None:
    folder = scripts.folder
    text = (
        COUNTING.replace('env.execute("counting")', 'client = env.execute_async("counting")')
        + f"""
while client.get_job_status().result() != JobStatus.RUNNING: time.sleep(0.01)
while True:
    try:
        path = client.trigger_savepoint({str(folder)!r}).result()
        break
    except Exception as error:
        assert "not all required tasks" in str(error), error
assert "/savepoint-" in path
last = client.stop_with_savepoint(False, {str(folder)!r}).result()
assert last != path
print(client.get_job_status().result().name, file=sys.stderr)
"""
    )
    scripts.write(text)
    assert "FINISHED\n" in scripts.run("run", "--log-level", "warn", "job.py").err
