"""Slot processes: a job with functions and parallelism n runs in n processes, and one sees of it that it is faster."""

from __future__ import annotations

import os
import re
import select
import signal
import time
from pathlib import Path

import pytest

from cli.test_status_line import on_a_terminal
from job_scripts import ENVIRONMENT, Outcome, Scripts, Started

NUMBERS = "from pyflink.datastream.connectors.number_seq import NumberSequenceSource\n"

PIDS = """
import os
env.from_collection(list(range(100))).rebalance().map(lambda n: os.getpid()).print()
print("parent", os.getpid(), flush=True)
env.execute()
"""

# Counts by key; says how often it was started, and which process it is.
COUNTING = """
import os, sys, time
from pyflink.datastream.state import ValueStateDescriptor
class Count(KeyedProcessFunction):
    def open(self, context):
        self.count = context.get_state(ValueStateDescriptor("count", Types.LONG()))
        print("open", context.get_attempt_number(), os.getpid(), flush=True)
    def process_element(self, value, context):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        if count == 20_000: yield f"{context.get_current_key()} {count}"
def slowly(n):
    if n % 100 == 0: time.sleep(0.002)
    return n
numbers = NumberSequenceSource(0, 199_999)
env.from_source(numbers, WatermarkStrategy.no_watermarks(), "numbers").map(slowly).key_by(lambda n: n % 10).process(
    Count()).print()
env.execute("counting")
"""


def options(*pairs: str) -> list[str]:
    """Options of the configuration."""
    return [word for pair in pairs for word in ("-D", pair)]


RESTARTING = options("restart-strategy.type=fixed-delay", "restart-strategy.fixed-delay.delay=10 ms")


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    text = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in text for child in (task / "children").read_text().split()}


def gone(pids: set[int], timeout: float = 20) -> None:
    """Wait for processes to end."""
    deadline = time.monotonic() + timeout
    for pid in pids:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            ended, _, _ = select.select([process], [], [], max(deadline - time.monotonic(), 0))
        finally:
            os.close(process)
        assert ended, f"of {pids} some still run"


def pids_of(outcome: Outcome) -> tuple[int, set[int]]:
    """The submitting process, and those that have called the function."""
    parent = re.search(r"parent (\d+)", outcome.succeeded())
    assert parent is not None
    return int(parent[1]), {int(pid) for pid in re.findall(r"^\d+> (\d+)$", outcome.out, re.MULTILINE)}


def opened(started: Started, count: int, others: list[str] | None = None) -> list[int]:
    """The processes that say that they have opened their function, after waiting for so many."""
    pids: list[int] = []
    while len(pids) < count:
        line = started.line()
        if line.startswith("open "):
            pids.append(int(line.split()[2]))
        else:
            assert line and others is not None, f"{line!r} came before all were open"
            others.append(line)
    return pids


def test_each_slot_has_a_process(scripts: Scripts) -> None:
    parent, functions = pids_of(scripts.job(PIDS, "-p", "3"))
    assert len(functions) == 3 and parent not in functions


def test_threads_share_one(scripts: Scripts) -> None:
    parent, functions = pids_of(scripts.job(PIDS, "-p", "3", *options("python.execution-mode=thread")))
    assert functions == {parent}


def test_one_slot_stays_in_process(scripts: Scripts) -> None:
    outcome = scripts.job(PIDS)
    assert set(re.findall(r"\d+", outcome.succeeded())) == {re.findall(r"parent (\d+)", outcome.out)[0]}


def test_values_of_the_scripts_classes(scripts: Scripts) -> None:
    text = """
    import enum, dataclasses, typing
    class Colour(enum.Enum):
        RED = 1
    @dataclasses.dataclass
    class Point:
        x: int
        colour: Colour = Colour.RED
        def __eq__(self, other): return isinstance(other, Point) and self.x == other.x
        def __hash__(self): return hash(self.x)
    class Named(typing.NamedTuple):
        a: int
    def check(value):
        assert type(value[0]) is Point and value[0].colour is Colour.RED and type(value[1]) is Named, value
        return value[0].x
    points = env.from_collection([Point(n) for n in range(20)]).rebalance()
    data = points.map(lambda p: (p, Named(p.x), {"é": [p.x]}, 2**70))
    with data.rebalance().map(check).execute_and_collect() as results:
        print(sorted(results))
    with data.key_by(lambda v: v[0].x % 3).execute_and_collect() as results:
        got = list(results)
        assert all(type(v[0]) is Point and type(v[1]) is Named and v[3] == 2**70 for v in got)
        print(sorted(v[2]["é"][0] for v in got))
    """
    outcome = scripts.job(text, "-p", "2")
    assert outcome.succeeded() == f"{list(range(20))}\n" * 2


def test_an_error_is_the_users_traceback(scripts: Scripts) -> None:
    text = """
    def fail(n):
        return 1 // (n - 7)
    env.from_collection(list(range(10))).rebalance().map(fail).print()
    env.execute()
    """
    err = scripts.job(text, "-p", "2").failed()
    assert re.search(r'File "job\.py", line 6, in fail\n +return 1 // \(n - 7\)', err)
    assert "ZeroDivisionError" in err and "while processing the record 7" in err and "in operator 'Map', subtask" in err


def test_output_and_logs_arrive_in_whole_lines(scripts: Scripts) -> None:
    text = """
    import logging, sys
    logging.basicConfig(level=logging.INFO, format="LOG %(name)s %(levelname)s %(message)s", stream=sys.stdout)
    logging.getLogger("quiet").setLevel(logging.ERROR)
    def work(n):
        print("a" * 3000 + "b", flush=True)
        print("wrong", n, file=sys.stderr)
        logging.getLogger("mine").info("number %d", n)
        logging.getLogger("quiet").info("never")
        return "c" * 3000
    env.from_collection(list(range(200))).rebalance().map(work, Types.STRING()).print()
    env.execute()
    """
    outcome = scripts.job(text, "-p", "3")
    lines = outcome.succeeded().splitlines()
    logged = [line for line in lines if line.startswith("LOG mine")]
    assert sorted(logged) == sorted(f"LOG mine INFO number {n}" for n in range(200))
    shown = [line for line in lines if not line.startswith("LOG ")]
    assert len(shown) == 400 and {re.sub(r"^\d> ", "", line) for line in shown} == {"a" * 3000 + "b", "c" * 3000}
    wrong = {line for line in outcome.err.splitlines() if line.startswith("wrong ")}
    assert wrong == {f"wrong {n}" for n in range(200)}
    assert "never" not in outcome.out + outcome.err


def test_metrics_of_all_slots_are_in_the_summary(scripts: Scripts) -> None:
    text = """
    class Counts(MapFunction):
        def open(self, context):
            self.seen = context.get_metrics_group().add_group("mine").counter("seen")
        def map(self, value):
            self.seen.inc()
            return value
    env.from_collection(list(range(100))).rebalance().map(Counts()).name("counts").print()
    env.execute("job")
    """
    scripts.job(text)  # writes the script
    code, out, shown = on_a_terminal(scripts, "run", "-p", "2", "job.py")
    assert code == 0 and len(out.splitlines()) == 100
    assert "FINISHED" in shown and "100 records in, 100 out" in shown
    assert [int(n) for n in re.findall(r"counts: mine\.seen = (\d+)", shown)] == [50, 50]


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_a_killed_slot_is_replaced_and_nothing_is_lost(scripts: Scripts, tmp_path: Path, backend: str) -> None:
    scripts.write(ENVIRONMENT + NUMBERS + COUNTING)
    checkpoints = options(
        "execution.checkpointing.interval=50 ms",
        f"execution.checkpointing.dir=file://{tmp_path}/c",
        f"state.backend.type={backend}",
    )
    started = scripts.start("run", "-p", "2", *RESTARTING, *checkpoints, "job.py")
    first = opened(started, 2)
    started.wait_for("Completed checkpoint 3 ")
    os.kill(first[1], signal.SIGKILL)
    second = opened(started, 2)
    outcome = started.wait()
    assert outcome.code == 0, outcome.err
    assert len(set(first) & set(second)) == 1, "the other process goes on"
    counted = sorted(line.split("> ")[1] for line in outcome.out.splitlines())
    assert counted == [f"{key} 20000" for key in range(10)], outcome.err
    assert re.search(rf"slot process \d \(pid {first[1]}\) was killed by SIGKILL", outcome.err)
    assert "Restoring job" in outcome.err


def test_without_a_restart_strategy_the_death_of_a_slot_is_the_error(scripts: Scripts) -> None:
    scripts.write(ENVIRONMENT + NUMBERS + COUNTING)
    started = scripts.start("run", "-p", "2", *options("restart-strategy.type=none"), "job.py")
    pids = opened(started, 2)
    os.kill(pids[0], signal.SIGSEGV)
    outcome = started.wait()
    err = outcome.failed()
    assert re.search(rf"slot process \d \(pid {pids[0]}\) was killed by SIGSEGV", err)
    assert "job.py" in err and "Thread 0x" in err, "what its threads were at"


def test_no_slot_outlives_its_parent(scripts: Scripts) -> None:
    scripts.write(ENVIRONMENT + NUMBERS + COUNTING)
    started = scripts.start("run", "-p", "3", "job.py")
    pids = set(opened(started, 3))
    assert pids == children(started.pid)
    started.signal(signal.SIGKILL)
    gone(pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("body", ["time.sleep(0.01)", "while True: pass"])
def test_signals_end_the_run_within_two_seconds(scripts: Scripts, number: signal.Signals, body: str) -> None:
    text = """
import os, time
def work(n):
    if n < 2: print("open", 0, os.getpid(), flush=True)
    {body}
    return n
env.from_collection(list(range(100_000))).rebalance().map(work).key_by(lambda n: n).filter(lambda n: False).print()
env.execute()
"""
    scripts.write(ENVIRONMENT + text.replace("{body}", body))
    started = scripts.start("run", "-p", "2", "job.py")
    pids = set(opened(started, 2))
    outcome = started.signal(number)
    assert outcome.code == 128 + number and outcome.seconds < 2.5, outcome.err
    assert "Traceback" not in outcome.err
    gone(pids, timeout=2)


STUCK = """
import os, time
class Work(MapFunction):
    def open(self, context):
        self.stuck = context.get_attempt_number() == 0 and context.get_index_of_this_subtask() == 1
        self.fails = context.get_attempt_number() == 0 and not self.stuck
        print("open", 0, os.getpid(), flush=True)
    def map(self, value):
        if self.stuck: self.wait_forever()
        if self.fails:
            while not os.path.exists("stuck"): time.sleep(0.01)
            raise ValueError("as asked")
        return value
    def wait_forever(self):
        open("stuck", "w").close()
        while True: pass
env.from_collection(list(range(10))).rebalance().map(Work()).print()
env.execute()
"""


def test_a_function_that_hangs_is_shown_and_only_its_slot_ends(scripts: Scripts) -> None:
    scripts.write(ENVIRONMENT + STUCK)
    timeouts = options("task.cancellation.timeout=1 s", "task.cancellation.interval=500 ms")
    started = scripts.start("run", "-p", "2", *RESTARTING, *timeouts, "job.py")
    results: list[str] = []
    first = opened(started, 2)
    second = opened(started, 2, results)
    results += iter(started.line, "")
    outcome = started.wait()
    assert outcome.code == 0, outcome.err
    assert sorted(line.split("> ")[1] for line in results) == [str(n) for n in range(10)]
    assert len(set(first) & set(second)) == 1, "the slot that did not hang goes on"
    assert re.search(r"was ended: tasks did not stop within 1 s \(task.cancellation.timeout\): .*\(2/2\)", outcome.err)
    assert re.search(r'File "job.py", line \d+ in wait_forever', outcome.err)


def test_a_slot_that_does_not_answer_is_replaced(scripts: Scripts) -> None:
    scripts.write(ENVIRONMENT + NUMBERS + COUNTING)
    heartbeat = options("heartbeat.interval=100 ms", "heartbeat.timeout=1 s")
    started = scripts.start("run", "-p", "2", *RESTARTING, *heartbeat, "job.py")
    first = opened(started, 2)
    os.kill(first[0], signal.SIGSTOP)
    second = opened(started, 2)
    assert len(set(first) & set(second)) == 1
    outcome = started.wait()
    assert outcome.code == 0 and "did not answer for 1 s (heartbeat.timeout)" in outcome.err
    assert len(outcome.out.splitlines()) == 10


def test_a_slot_that_a_function_leaves_is_an_error(scripts: Scripts) -> None:
    text = """
    import os
    env.from_collection([1, 2]).rebalance().map(lambda n: os._exit(3)).print()
    env.execute()
    """
    err = scripts.job(text, "-p", "2").failed()
    assert "has exited with status 3 although its tasks were running" in err


def test_slot_processes_share_managed_memory(scripts: Scripts) -> None:
    chosen = options("state.backend.type=rocksdb", "taskmanager.memory.managed.size=96mb", "parallelism.default=3")
    arguments = ["--log-level", "penstock_state=debug", *chosen, "job.py"]
    scripts.write(ENVIRONMENT + NUMBERS + COUNTING.replace("199_999", "2_999").replace("20_000", "300"))
    outcome = scripts.run("run", *arguments)
    assert len(outcome.succeeded().split("\n")) > 10, "every key is there"
    assert re.findall(r"RocksDB has (\d+) MB of memory in this process", outcome.err) == ["32"] * 3
