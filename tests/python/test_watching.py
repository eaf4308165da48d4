"""What `penstock run --watch` decides, without any process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from penstock._cli import options
from penstock._cli.watching import bundle, compare, decide, journal
from penstock._cli.watching.bundle import Bundle, Unreadable
from penstock._cli.watching.decide import Start
from penstock._cli.watching.journal import Entry

OLD, NEW = Bundle("job.py", {"job.py": "old"}), Bundle("job.py", {"job.py": "new"})


def operator(number: str, name: str, uid: str | None = None, stateful: bool = True) -> dict[str, object]:
    return {"id": number, "uid": uid, "name": name, "stateful": stateful}


def test_what_to_start() -> None:
    assert decide.at_start(Entry(), NEW, None) == Start(NEW)
    assert decide.at_start(Entry(accepted=OLD), OLD, None) == Start(OLD)
    assert decide.at_start(Entry(accepted=OLD), NEW, None) == Start(NEW, fallback=OLD)
    assert decide.at_start(Entry(accepted=OLD, candidate=NEW), NEW, None) == Start(NEW, fallback=OLD)


def test_a_broken_script_is_replaced_by_the_accepted_one() -> None:
    for current in (NEW, None):
        start = decide.at_start(Entry(accepted=OLD), current, "SyntaxError")
        assert isinstance(start, Start)
        assert start.script == OLD
        assert start.because is not None
        assert start.because.startswith("SyntaxError")
    assert decide.at_start(Entry(), NEW, "SyntaxError") == "SyntaxError"


def test_a_script_that_failed_is_not_tried_again() -> None:
    start = decide.at_start(Entry(accepted=OLD, refused=NEW.digest), NEW, None)
    assert isinstance(start, Start)
    assert (start.script, start.fallback) == (OLD, None)


def test_state_that_nobody_claims() -> None:
    running = [operator("01", "Source", "source"), operator("02", "count", "count"), operator("03", "map", None, False)]
    assert compare.refusal(running, running[:2]) is None
    reason = compare.refusal(running, [running[0], operator("09", "count")])
    assert reason is not None
    assert """'count' (uid count): add .uid("count") to 'count'""" in reason
    reason = compare.refusal([operator("01", "a"), operator("02", "b")], [operator("08", "c"), operator("09", "d")])
    assert reason is not None
    assert """'a' (no uid): add .set_uid_hash("01") to the operator that takes its place""" in reason


def test_the_journals_entries_come_back() -> None:
    entry = Entry(accepted=OLD, candidate=NEW, refused="0" * 64)
    assert journal.decode(journal.encode(entry)) == entry
    newer = journal.encode(entry).replace(b'"version": 1', b'"version": 2')
    with pytest.raises(ValueError, match="newer Penstock"):
        journal.decode(newer)
    for damage in (b"{}", b"[]", b'{"version": 1}', journal.encode(entry).replace(b"job.py", b"../job.py")):
        with pytest.raises(ValueError, match="damaged"):
            journal.decode(damage)


def test_a_file_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text("1", encoding="utf-8")
    one = bundle.read(str(tmp_path / "first.py"))
    assert one == bundle.read(str(tmp_path)) == Bundle("first.py", {"first.py": "1"})
    (tmp_path / "second.py").write_text("2", encoding="utf-8")
    with pytest.raises(Unreadable, match="which script is the job"):
        bundle.read(str(tmp_path))
    (tmp_path / "job.py").write_text("3", encoding="utf-8")
    assert bundle.read(str(tmp_path)).main == "job.py"
    assert bundle.read(str(tmp_path)).digest != one.digest
    with pytest.raises(Unreadable, match="No such file"):
        bundle.read(str(tmp_path / "third.py"))


def test_a_mounted_config_map(tmp_path: Path) -> None:
    for generation, text in (("..1", "old"), ("..2", "new")):
        (tmp_path / generation).mkdir()
        (tmp_path / generation / "job.py").write_text(text, encoding="utf-8")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "job.py").symlink_to("..data/job.py")
    for path in (tmp_path, tmp_path / "job.py"):
        assert bundle.read(str(path)) == OLD
    (tmp_path / "..tmp").symlink_to("..2")
    os.replace(tmp_path / "..tmp", tmp_path / "..data")
    for path in (tmp_path, tmp_path / "job.py"):
        assert bundle.read(str(path)) == NEW


def test_bounds(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_bytes(b" " * (bundle.LONGEST_FILE + 1))
    with pytest.raises(Unreadable, match="more than"):
        bundle.read(str(tmp_path))
    (tmp_path / "job.py").write_bytes(b"\xff")
    with pytest.raises(Unreadable, match="UTF-8"):
        bundle.read(str(tmp_path / "job.py"))


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("--watch job.py", "job.py"),
        ("-p 2 --watch -s latest job.py --watch", "-p 2 -s latest job.py --watch"),
        ("--watch --upgrade-mode stateless -D a=b job.py x", "-D a=b job.py x"),
        ("--upgrade-mode=last-state --watch -py job.py -- -x", "-py job.py -- -x"),
    ],
)
def test_the_process_that_runs_the_job_does_not_watch(line: str, left: str) -> None:
    assert options.parse(line.split()).watch
    assert options.without_watching(line.split()) == left.split()
