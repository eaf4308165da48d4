"""The driver's sums and its file, and that both sides of a row run the same functions."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import run as driver
from harness import measure, process, results
from harness.arithmetic import Sizes, ratio, significant, slope
from harness.catalogue import ROWS, WORKLOADS
from harness.large_state import Large, checkpoints_and_restore, memory_limit
from harness.measure import Bench, Effort
from harness.memory import PeakMemory, resident_bytes
from harness.process import Run, SideError
from harness.pythons import Pythons, Runtime
from harness.row import OURS, Method

ROWS_FOLDER = Path(driver.__file__).parent / "rows"
EXAMPLES = Path(driver.__file__).parent.parent / "rust" / "state" / "examples"
RATES = {OURS: 9_000_000.0, "plain-loop": 6_000_000.0, "plain-function": 9_000_000.0, "bytewax": 2_000_000.0}


def test_start_up_falls_out_of_the_slope() -> None:
    sizes = Sizes(small=1_000, full=5_000)
    start_up, each = 7.0, 0.002
    assert slope(sizes, [start_up + 1_000 * each], [start_up + 5_000 * each]) == pytest.approx(each)


def test_best_run_of_each_size_counts() -> None:
    sizes = Sizes(small=1_000, full=3_000)
    assert slope(sizes, [2.0, 1.0, 4.9], [5.0, 9.0, 7.0]) == pytest.approx((5.0 - 1.0) / 2_000)


def test_a_full_run_that_costs_no_more_is_an_error() -> None:
    with pytest.raises(ValueError, match="too few records"):
        slope(Sizes(1_000, 4_000), [2.0], [1.9])


def test_ratio_above_one_is_always_in_our_favour() -> None:
    assert ratio(300, 100, more_is_better=True) == 3
    assert ratio(100, 300, more_is_better=False) == 3


def test_sizes_fill_the_time_with_whole_thousands() -> None:
    sizes = Sizes.of(rate=123_456.7, seconds=16)
    assert sizes == Sizes(small=493_000, full=1_975_000)
    assert Sizes.of(rate=3, seconds=16) == Sizes(small=1_000, full=4_000)


def test_a_warm_up_is_in_both_sizes() -> None:
    assert Sizes.of(rate=1_000, seconds=8, warm_up=500) == Sizes(small=2_500, full=8_500)


def test_brief_workloads_take_less_time() -> None:
    brief = next(one for one in WORKLOADS if one.brief)
    full, quick = Effort.full(), Effort.quick()
    assert full.of(WORKLOADS[0]) == full
    assert (full.of(brief).rounds, full.of(brief).work_seconds) == (2, 6)
    assert quick.of(brief) == quick


def test_significant_digits() -> None:
    assert significant(5_123_456.789) == 5_123_500
    assert significant(0.123456) == 0.12346


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces processes by a clock: half a second of start-up, then the side's rate. Gives the order of the runs."""
    order: list[str] = []

    def run(command: list[str], **_: object) -> Run:
        side = {
            "penstock_job.py": OURS,
            "plain_loop.py": "plain-loop",
            "plain_function.py": "plain-function",
            "bytewax_flow.py": "bytewax",
        }
        script, n = Path(command[-2]).name, int(command[-1])
        order.append(side[script])
        busy = n / RATES[side[script]]
        return Run(wall=0.5 + busy, cpu=0.4 + 2 * busy, peak_bytes=0, lines=())

    monkeypatch.setattr(measure, "run", run)
    monkeypatch.setattr(Pythons, "interpreter", lambda self, runtime: Path(sys.executable))
    return order


def test_rates_come_out_and_sides_take_turns(runs: list[str]) -> None:
    workload = next(one for one in WORKLOADS if one.name == "map_chain")
    bench = Bench(Pythons(Path(sys.executable)), Effort.full())
    figures = bench.measure(workload, list(RATES), {"rate", "cpu"})
    for side, rate in RATES.items():
        assert figures[side]["rate"] == pytest.approx(rate)
        assert figures[side]["cpu"] == pytest.approx(2_000_000 / rate)
    once = [side for side in RATES for _ in ("small", "full")]
    assert runs[-24:] == once * 3


def test_a_peer_that_fails_is_left_out_and_told(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pythons, "check_ours", lambda self: None)
    working = measure.run

    def run(command: list[str], **more: object) -> Run:
        if "plain_loop.py" in command[-2]:
            raise SideError("the loop broke")
        return working(command, **more)

    monkeypatch.setattr(measure, "run", run)
    out = tmp_path / "results.json"
    assert driver.main(["map_chain", "--out", str(out)]) == 1
    assert [line.peer_name for line in results.read(out)] == ["plain-function", "bytewax"]
    assert "FAILED: the loop broke" in capsys.readouterr().out


def test_a_side_whose_cpu_time_is_unknown_has_a_rate(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    working = measure.run
    monkeypatch.setattr(measure, "run", lambda *given, **more: replace(working(*given, **more), cpu=1.8))
    workload = next(one for one in WORKLOADS if one.name == "map_chain")
    figures = Bench(Pythons(Path(sys.executable)), Effort.full()).measure(workload, [OURS], {"rate"})
    assert figures[OURS]["rate"] == pytest.approx(RATES[OURS])


def test_results_file_and_selection(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pythons, "check_ours", lambda self: None)
    out = tmp_path / "results.json"
    assert driver.main(["map_chain", "--out", str(out)]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [set(line) for line in lines] == [{"name", "unit", "ours", "peer", "peer_name", "ratio"}] * 3
    assert [(line["name"], line["peer_name"], line["ratio"]) for line in lines] == [
        ("map_chain", "plain-loop", 1.5),
        ("map_chain", "plain-function", 1.0),
        ("map_chain", "bytewax", 4.5),
    ]
    printed = capsys.readouterr().out
    assert "CPython" in printed
    assert ">= 1.1" in printed and "yes" in printed


def test_a_second_run_replaces_its_rows_and_keeps_the_others() -> None:
    old = [results.Result("a", "s", 1, 2, "x", 2), results.Result("a", "s", 1, 2, "y", 2)]
    new = [results.Result("a", "s", 1, 3, "y", 3), results.Result("b", "s", 1, 1, "x", 1)]
    assert [(one.name, one.peer_name, one.ratio) for one in results.merged(old, new)] == [
        ("a", "x", 2),
        ("a", "y", 3),
        ("b", "x", 1),
    ]


def test_results_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert results.read(path) == []
    lines = [results.Result("a", "s", 1.5, 3, "x", 2)]
    results.write(path, lines)
    assert results.read(path) == lines


def test_start_must_also_be_short() -> None:
    row = driver.BY_NAME["start"]
    assert results.reached(row, results.Result("start", "s", 0.5, 7.2, "pyflink-process", 14.4))
    assert not results.reached(row, results.Result("start", "s", 0.6, 9.0, "pyflink-process", 15))


def large(printed: dict[str, object], peaks: list[int]) -> Large:
    """Runs nothing: prints this, and takes so much memory one time after the other."""

    def once(script: str, *arguments: str, options: Sequence[str] = (), watch_memory: bool = False) -> Run:
        if script == "checkpoints.py":
            chk = Path(arguments[0], "job", "chk-3")
            chk.mkdir(parents=True)
            (chk / "_metadata").write_bytes(bytes(1_000_000))
        wall = 1.5 if options else 0.5
        return Run(wall, 0, peaks.pop(0) if watch_memory else 0, ((0.0, json.dumps(printed)),))

    return Large(once, scale=1)


def test_memory_is_compared_with_what_it_may_be() -> None:
    found = memory_limit(large({}, [30 << 20, 400 << 20]))
    assert found[OURS]["peak"] == pytest.approx((400 << 20) / 1e6)
    assert found["limit"]["peak"] == pytest.approx((30 + 96 + 307.2 + 100) * 1.048576)


def test_checkpoints_are_judged_by_their_median() -> None:
    others = [{"written": n, "pause": n / 1_000} for n in (4, 8, 100)]
    notes: list[str] = []
    found = checkpoints_and_restore(large({"first": {"written": 200}, "others": others, "without": 0.007}, []), notes)
    assert found[OURS]["bytes"] == 4 and found["limit"]["bytes"] == 10
    assert found[OURS]["pause"] == 8 and found["limit"]["pause"] == 50
    assert found[OURS]["restore"] == pytest.approx(1), "a MB in the second that it took longer"
    assert found["plain-copy"]["restore"] > 0
    assert any("maximum 50.0 %" in note for note in notes) and any("maximum 100 ms; 7 ms" in note for note in notes)


def test_every_goal_has_its_side_and_every_side_its_script() -> None:
    for workload in WORKLOADS:
        assert workload.sides[0].name == OURS
        for side in workload.sides:
            folder = EXAMPLES if side.runtime is Runtime.CARGO else ROWS_FOLDER / workload.folder
            assert (folder / side.script).exists() or (folder / f"{side.script}.rs").exists()
        for row in ROWS:
            if row.workload == workload.name and workload.method not in (Method.MEMORY_LIMIT, Method.LARGE_STATE):
                assert set(row.goals) <= {side.name for side in workload.sides}


def test_a_failing_side_is_described() -> None:
    with pytest.raises(SideError, match=r"(?s)code 3.*seen.*told"):
        code = "import sys; print('seen', flush=True); sys.stderr.write('told'); sys.exit(3)"
        process.run([sys.executable, "-c", code], env={}, deadline=60)


def test_a_side_that_hangs_is_ended() -> None:
    with pytest.raises(SideError, match="did not end within"):
        process.run([sys.executable, "-c", "import signal; signal.pause()"], env={}, deadline=0.2)


def test_lines_carry_their_time() -> None:
    done = process.run([sys.executable, "-c", "print('a'); print('b')"], env={}, deadline=60)
    assert 0 < measure.last_of(done, ["a", "b"]) <= done.wall + 0.5
    with pytest.raises(SideError, match="did not print c"):
        measure.last_of(done, ["a", "c"])


def test_memory_of_children_counts() -> None:
    held = "import sys; held = bytearray(64 << 20); print('ready', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {held!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        assert resident_bytes(child.pid) > 64 << 20
        assert PeakMemory(child.pid).close() > 64 << 20
        child.communicate()


def functions(script: Path) -> set[str]:
    """The lambdas and the classes and generators of a script that work on records, as their syntax trees."""
    tree = ast.parse(script.read_text())
    wanted = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    named = [node for node in tree.body if getattr(node, "name", "main") in ("CountPerKey", "count", "Times", "Count")]
    return {ast.dump(node) for node in [*wanted, *named]}


@pytest.mark.parametrize("row", ["map_chain", "map_batches", "word_count", "kafka_length", "kafka_latency"])
def test_sides_run_the_same_functions(row: str) -> None:
    own = functions(ROWS_FOLDER / row / "penstock_job.py")
    assert own
    for script in (ROWS_FOLDER / row).glob("*.py"):
        if script.name != "pathway_table.py":
            assert functions(script) == own, script


def test_counts_on_both_backends_run_the_same_functions() -> None:
    ours, pyflink = (functions(ROWS_FOLDER / "state_count" / name) for name in ("penstock_job.py", "pyflink_job.py"))
    assert ours == pyflink and len(ours) == 2


def test_window_count_runs_the_same_functions() -> None:
    folder = ROWS_FOLDER / "window_count"
    own, pyflink, plain = (functions(folder / f"{name}.py") for name in ("penstock_job", "pyflink_job", "plain_loop"))
    assert own == pyflink
    assert len(own & plain) == 1, "the key; the loop's classes have no base"


def test_keyed_count_runs_the_same_functions() -> None:
    folder = ROWS_FOLDER / "keyed_count"
    own, pyflink, plain, bytewax = (
        functions(folder / f"{name}.py") for name in ("penstock_job", "pyflink_job", "plain_loop", "bytewax_flow")
    )
    assert own == pyflink
    assert len(own & plain) == 1, "the key"
    assert len(plain & bytewax) == 1, "the count; Bytewax wants its key as a string"
