"""A running job is edited: nothing is lost or doubled, whatever is killed, and a broken edit does no harm."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from system.job_process import COMPLETED, KILL_POINT, JobProcess, settings

SCRIPT = (Path(__file__).resolve().parent / "jobs" / "watched.py").read_text(encoding="utf-8")
ACCEPTED = "has completed its first checkpoint and is accepted"
REFUSED = "The edit is refused"

EDIT_STEPS = [
    "edit-seen",
    "edit-checked",
    "edit-noted",
    "stop-triggered",
    "stop-before-metadata",
    "stop-before-note",
    "stop-after-metadata",
    "stop-after-notify",
    "edit-stopped",
    "edit-started",
    # The first is that of the first script.
    "edit-first-checkpoint:2",
    "edit-accepted:2",
]


class Watched:
    """A script in a folder, and the runs that watch it."""

    def __init__(self, folder: Path, mounted: bool = False) -> None:
        self._folder = folder
        self._mounted = mounted
        self._lives = 0
        self._generation = 0
        self.path = folder / "config" / "job.py"
        self.path.parent.mkdir()
        self.edit(SCRIPT)

    def edit(self, text: str) -> None:
        """Replace the script: as an editor does, or as a kubelet replaces a mounted ConfigMap."""
        if not self._mounted:
            (self._folder / "new").write_text(text, encoding="utf-8")
            os.replace(self._folder / "new", self.path)
            return
        config = self.path.parent
        self._generation += 1
        data = config / f"..{self._generation}"
        data.mkdir()
        (data / "job.py").write_text(text, encoding="utf-8")
        (config / "..tmp").symlink_to(data.name)
        os.replace(config / "..tmp", config / "..data")
        if not self.path.is_symlink():
            self.path.symlink_to("..data/job.py")

    def run(self, *options: str, environment: Mapping[str, str] | None = None) -> JobProcess:
        """Run it and watch."""
        self._lives += 1
        checkpoints = {
            "execution.checkpointing.interval": "200 ms",
            "execution.checkpointing.dir": (self._folder / "checkpoints").as_uri(),
        }
        script = self.path.parent if self._mounted else self.path
        log = self._folder / f"life-{self._lives}.log"
        arguments = [str(self._folder / "out")]
        return JobProcess(script, log, ["--watch", *options, *settings(checkpoints)], arguments, environment)

    def written(self) -> list[tuple[str, int, int]]:
        """What is in finished files: version, number, count; by number."""
        files = [p for p in (self._folder / "out").rglob("*") if p.is_file() and not p.name.startswith(".")]
        lines = [line.split() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        return sorted(
            ((version, int(number), int(count)) for version, number, count in lines), key=lambda line: line[1]
        )

    def check(self, *versions: str) -> None:
        """Every number is there once with its count, and those of each version in one piece, in this order."""
        written = self.written()
        assert [number for _, number, _ in written] == list(range(len(written)))
        assert all(count == number // 10 + 1 for _, number, count in written)
        seen = [version for version, _, _ in written]
        assert list(dict.fromkeys(seen)) == list(versions)
        assert seen == sorted(seen, key=versions.index)

    def savepoints(self) -> list[str]:
        """What is left of savepoints."""
        return [entry.name for entry in (self._folder / "checkpoints").iterdir() if entry.name.startswith("savepoint-")]


def end(job: JobProcess) -> None:
    """As a pod is deleted."""
    # The process that runs the job has 2 s.
    assert job.stop(signal.SIGTERM, within=10)[0] == 143


def two_more_checkpoints(job: JobProcess, after: int) -> None:
    for _ in range(2):
        after = job.wait_for(COMPLETED, after=after)


@pytest.mark.parametrize("mounted", [False, True], ids=["file", "configmap"])
@pytest.mark.parametrize("mode", ["savepoint", "last-state"])
def test_an_edit_takes_effect(mounted: bool, mode: str, tmp_path: Path) -> None:
    watched = Watched(tmp_path, mounted)
    with watched.run("--upgrade-mode", mode) as job:
        job.wait_for(ACCEPTED)
        for version in ("v2", "v3"):
            before = job.last_line
            watched.edit(SCRIPT.replace('"v1"', f'"{version}"'))
            accepted = job.wait_for(ACCEPTED, after=before)
            two_more_checkpoints(job, accepted)
        end(job)
    watched.check("v1", "v2", "v3")
    assert watched.savepoints() == []


def test_an_edit_without_state_begins_at_the_beginning(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with watched.run("--upgrade-mode", "stateless") as job:
        job.wait_for(ACCEPTED)
        before = job.last_line
        watched.edit(SCRIPT.replace('"v1"', '"v2"').replace('.uid("count")', '.uid("another")'))
        two_more_checkpoints(job, job.wait_for(ACCEPTED, after=before))
        end(job)
    numbers = [number for version, number, _ in watched.written() if version == "v2"]
    assert numbers == list(range(len(numbers)))


def test_broken_edits_are_refused(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with watched.run() as job:
        job.wait_for(ACCEPTED)
        for text, said in [
            (SCRIPT + "\ndef (", "SyntaxError"),
            ("import no_such_module\n" + SCRIPT, "No module named 'no_such_module'"),
            (SCRIPT.replace('.uid("count")', '.uid("counts")'), r"add \.uid\(\"count\"\) to "),
            (SCRIPT.replace('"watched"', '"another"'), "found again by its name"),
            (
                SCRIPT.replace("number % 10, Types.LONG()", "str(number % 10), Types.STRING()"),
                r"the key of operator '.*' has the type keys LONG .* declared as keys STRING",
            ),
            ("print('nothing')", "ran no job"),
        ]:
            before = job.last_line
            watched.edit(text)
            job.wait_for(said, after=before)
            two_more_checkpoints(job, job.wait_for(REFUSED, after=before))
        before = job.last_line
        watched.edit(SCRIPT.replace('"v1"', '"v2"'))
        two_more_checkpoints(job, job.wait_for(ACCEPTED, after=before))
        end(job)
    watched.check("v1", "v2")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("time.sleep(0.001)", "raise RuntimeError('not so')", "RuntimeError: not so"),
        # What a function registers is known when it runs.
        (
            'ValueStateDescriptor("count", Types.LONG())',
            'ValueStateDescriptor("count", Types.STRING())',
            "state 'count' of operator '.*' has the type LONG in the checkpoint and is declared as STRING",
        ),
    ],
    ids=["error", "type"],
)
def test_an_edit_that_fails_before_its_first_checkpoint_is_taken_back(
    right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    watched = Watched(tmp_path)
    failing = SCRIPT.replace(right, wrong)
    with watched.run() as job:
        job.wait_for(ACCEPTED)
        watched.edit(failing)
        given_up = job.wait_for("is given up, it (failed|ended) before its first checkpoint")
        job.wait_for(said)
        two_more_checkpoints(job, given_up)
        end(job)
    # It is not tried again by the next process either.
    with watched.run() as job:
        two_more_checkpoints(job, job.wait_for("failed before its first checkpoint when it was tried"))
        end(job)
    watched.check("v1")


def test_a_broken_script_at_start_is_replaced_by_the_accepted_one(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with watched.run() as job:
        job.wait_for(ACCEPTED)
        job.kill()
    watched.edit("this is no script")
    with watched.run() as job:
        job.wait_for("SyntaxError")
        two_more_checkpoints(job, job.wait_for("The script that was accepted last is run instead"))
        before = job.last_line
        watched.edit(SCRIPT.replace('"v1"', '"v2"'))
        two_more_checkpoints(job, job.wait_for(ACCEPTED, after=before))
        end(job)
    watched.check("v1", "v2")


@pytest.mark.parametrize("step", EDIT_STEPS)
def test_a_process_that_is_killed_in_mid_edit(step: str, tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with watched.run(environment={KILL_POINT: step}) as job:
        job.wait_for(ACCEPTED)
        watched.edit(SCRIPT.replace('"v1"', '"v2"'))
        assert job.wait() != 0
    with watched.run() as job:
        two_more_checkpoints(job, -1)
        end(job)
    watched.check("v1", "v2")


def test_without_checkpoints_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with JobProcess(script, tmp_path / "log", ["--watch"], [str(tmp_path / "out")]) as job:
        assert job.wait() == 1
        assert job.matches("set execution.checkpointing.interval and execution.checkpointing.dir")
