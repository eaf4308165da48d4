"""Sources and sinks in Python: what the engine is told of them, and how they are called, without an engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from penstock._runtime import python_connectors as runtime
from penstock._runtime.pickling import loads
from penstock.common import Types, WatermarkStrategy
from penstock.connectors.python import (
    Boundedness,
    Committable,
    ReaderContext,
    Sink,
    SinkWriter,
    Source,
    SourceSplit,
    SplitReader,
    WriterContext,
)
from penstock.datastream import StreamExecutionEnvironment

NONE = WatermarkStrategy.no_watermarks()
CONTEXT = {"subtask": 1, "parallelism": 2, "attempt": 0, "job_id": "j", "restored_checkpoint": 7}


class Reader(SplitReader):
    def __init__(self, split: SourceSplit, position: Any, context: ReaderContext) -> None:
        self.opened = (split.id, split.data, position, context)
        self.position = (position or 0) + 1
        self.closed = threading.Event()

    def poll(self, max_records: int) -> list[Any] | None:
        return None

    def close(self) -> None:
        self.closed.set()


class Waiting(Reader):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.come = threading.Event()
        self.waits: list[tuple[str, float]] = []

    def wait(self, timeout: float) -> None:
        self.waits.append((threading.current_thread().name, timeout))
        if not self.come.wait(30):
            raise AssertionError("nothing came")
        if len(self.waits) > 1:
            raise ConnectionError("gone")


class Numbers(Source):
    boundedness = Boundedness.CONTINUOUS_UNBOUNDED
    discovery_interval = 0.5
    produced_type = Types.LONG()

    def __init__(self, listed: Sequence[Any] = ("a",), reader: type[Reader] = Reader) -> None:
        self.listed, self.reader = listed, reader

    def splits(self) -> Sequence[Any]:
        return self.listed

    def create_reader(self, split: SourceSplit, position: Any, context: ReaderContext) -> SplitReader:
        return self.reader(split, position, context)


class Writer(SinkWriter):
    def __init__(self, context: WriterContext, given: Sequence[Any] = ("x", "y")) -> None:
        self.context, self.given = context, given

    def write(self, value: Any, timestamp: int | None) -> None:
        pass

    def prepare_commit(self, checkpoint_id: int) -> Sequence[Any]:
        return self.given


class AtLeastOnce(Sink):
    def create_writer(self, context: WriterContext) -> SinkWriter:
        return Writer(context)


class TwoPhase(AtLeastOnce):
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def commit(self, committables: Sequence[Committable]) -> None:
        self.calls.append([committable.value for committable in committables])

    def abort(self, context: WriterContext) -> None:
        self.calls.append(f"abort after {context.restored_checkpoint}")


def functions_of(env: StreamExecutionEnvironment) -> bytes:
    return env._graph().functions


def test_what_the_engine_is_told(env: StreamExecutionEnvironment, nodes: Callable[[], list[dict[str, Any]]]) -> None:
    env.from_source(Numbers(), NONE, "numbers").sink_to(TwoPhase())
    source, sink = nodes()
    assert source["operator"] == {
        "kind": "source",
        "connector": "python",
        "options": {"class": "Numbers", "function": "source:1", "bounded": False, "discovery_interval_ms": 500},
        "decoder": {"kind": "object"},
        "watermarks": {"generator": {"kind": "none"}},
    }
    assert source["output_type"] == {"type": "BIGINT"} or source["output_type"] == Types.LONG()._to_json()
    assert sink["operator"] == {
        "kind": "sink",
        "connector": "python",
        "options": {"class": "TwoPhase", "function": "sink:2", "two_phase": True},
        "encoder": {"kind": "object"},
    }
    assert AtLeastOnce()._sink_operator().options["two_phase"] is False


def test_a_copy_is_loaded_by_name_and_others_stay_packed(env: StreamExecutionEnvironment) -> None:
    env.from_source(Numbers(["here"]), NONE, "numbers").map(lambda n: n).sink_to(TwoPhase())
    first, second = (runtime.load_connector(functions_of(env), "source:1") for _ in range(2))
    assert first.listed == ["here"] and first is not second


def test_a_source_that_looks_again_does_not_end() -> None:
    class Ends(Numbers):
        boundedness = Boundedness.BOUNDED

    with pytest.raises(ValueError, match="CONTINUOUS_UNBOUNDED"):
        Ends()._source_operator()


def test_splits_carry_what_their_reader_is_opened_with() -> None:
    source = Numbers(["a", SourceSplit("b", {"more": 1})])
    (_, first), (name, second) = runtime.list_splits(source)
    opened = runtime.OpenSplit(source, second, (1, 3), lambda: None)
    assert opened._reader.opened == ("b", {"more": 1}, None, ReaderContext(1, 3))  # type: ignore[attr-defined]
    again = runtime.OpenSplit(source, opened.data(), (0, 1), lambda: None)
    assert again._reader.opened == (name, {"more": 1}, 1, ReaderContext(0, 1))  # type: ignore[attr-defined]
    assert loads(loads(first)[0]) == SourceSplit("a")
    assert again.wait() == SplitReader.poll_interval


def test_what_is_no_split_is_named() -> None:
    with pytest.raises(TypeError, match=r"Numbers.splits\(\) gives SourceSplits or their ids as str, not 3"):
        runtime.list_splits(Numbers([3]))


def test_a_reader_waits_on_a_thread_of_its_own() -> None:
    source = Numbers(["a"], Waiting)
    ready = threading.Semaphore(0)
    split = runtime.OpenSplit(source, runtime.list_splits(source)[0][1], (0, 1), ready.release)
    reader: Any = split._reader
    assert split.wait() is None and not ready.acquire(blocking=False)
    reader.come.set()
    assert ready.acquire(timeout=30)
    assert reader.waits == [("Numbers a (waiting)", 0.2)]
    split.check()
    split.wait()
    assert ready.acquire(timeout=30)
    with pytest.raises(ConnectionError, match="gone"):
        split.check()
    split.close()
    assert reader.closed.wait(30)


def test_a_reader_that_never_waited_is_closed_at_once() -> None:
    for kind in (Reader, Waiting):
        source = Numbers(["a"], kind)
        split = runtime.OpenSplit(source, runtime.list_splits(source)[0][1], (0, 1), lambda: None)
        split.close()
        assert split._reader.closed.is_set()  # type: ignore[attr-defined]


def test_a_sink_aborts_before_it_writes_and_commits_by_id(env: StreamExecutionEnvironment) -> None:
    env.from_collection([1]).sink_to(TwoPhase())
    opened = [runtime.OpenSink(functions_of(env), "sink:2") for _ in range(2)]
    writer: Any = opened[0].writer(CONTEXT, [runtime.dumps("old state")])
    assert writer.context == WriterContext(1, 2, 0, "j", 7, ("old state",))
    first, again, other = opened[0].prepare(writer, 8), opened[0].prepare(writer, 9), opened[1].prepare(writer, 8)
    ids = [loads(data)[0] for data in (*first, *again, *other)]
    assert len(set(ids)) == 6 and ids[0].endswith("-8-0")
    opened[0].commit(first)
    assert opened[0]._sink.calls == ["abort after 7", ["x", "y"]]  # type: ignore[attr-defined]


def test_what_nobody_would_commit_is_an_error(env: StreamExecutionEnvironment) -> None:
    env.from_collection([1]).sink_to(AtLeastOnce())
    opened = runtime.OpenSink(functions_of(env), "sink:2")
    writer = opened.writer(CONTEXT, [])
    with pytest.raises(TypeError, match=r"Writer.prepare_commit\(\) gave something to commit, but AtLeastOnce has no"):
        opened.prepare(writer, 1)
    assert runtime.snapshot(writer, 1) is None
