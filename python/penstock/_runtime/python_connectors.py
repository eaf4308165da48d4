"""Sources and sinks that are written in Python, as the engine calls them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from penstock._runtime.loading import load_one
from penstock._runtime.pickling import dumps, loads
from penstock._runtime.threads import TaskThread
from penstock.connectors.python import (
    END_OF_SPLIT,
    Committable,
    ReaderContext,
    Record,
    Sink,
    SinkWriter,
    Source,
    SourceSplit,
    SplitReader,
    WriterContext,
)

__all__ = ["END_OF_SPLIT", "OpenSink", "OpenSplit", "Record", "list_splits", "load_connector", "snapshot"]

_PATIENCE = 0.2
"""How long a reader may wait at once, in seconds: so long may a task that ends have to wait for it."""


def load_connector(functions: bytes, name: str) -> Any:
    """The source or sink of this name, as a new object."""
    return load_one(functions, name)


def list_splits(source: Source) -> list[tuple[str, bytes]]:
    """The ids of all splits, each with what its reader is opened with."""
    listed = []
    for given in source.splits():
        split = SourceSplit(given) if isinstance(given, str) else given
        if not isinstance(split, SourceSplit) or not isinstance(split.id, str):
            raise TypeError(f"{_name(source)}.splits() gives SourceSplits or their ids as str, not {given!r}")
        listed.append((split.id, dumps((dumps(split), None))))
    return listed


class OpenSplit:
    """A split with its reader."""

    def __init__(self, source: Source, data: bytes, context: tuple[int, int], ready: Callable[[], None]) -> None:
        self._split, position = loads(data)
        split = loads(self._split)
        reader = source.create_reader(split, position, ReaderContext(*context))
        if not isinstance(reader, SplitReader):
            raise TypeError(f"{_name(source)}.create_reader() returns a SplitReader, not {reader!r}")
        self._reader = reader
        self.poll = reader.poll
        waits = type(reader).wait is not SplitReader.wait
        self._waiter = _Waiter(reader, f"{_name(source)} {split.id}", ready) if waits else None

    def data(self) -> bytes:
        """What a reader that goes on from here is opened with."""
        return dumps((self._split, self._reader.position))

    def wait(self) -> float | None:
        """Have `ready` called when another poll is worth it; or how many seconds pass until then."""
        if self._waiter is None:
            return max(float(self._reader.poll_interval), 0.0)
        self._waiter.wait()
        return None

    def check(self) -> None:
        """Raises what went wrong while the reader was waiting."""
        if self._waiter is not None and self._waiter.error is not None:
            raise self._waiter.error

    def close(self) -> None:
        """Close the reader, at once or as soon as it no longer waits."""
        if self._waiter is None:
            self._reader.close()
        else:
            self._waiter.close()


class _Waiter:
    """The thread on which one reader waits."""

    def __init__(self, reader: SplitReader, name: str, ready: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._reader = reader
        self._ready = ready
        self._asked = threading.Semaphore(0)
        self._closed = False
        self._thread = TaskThread(self._run, f"{name} (waiting)")
        self._started = False

    def wait(self) -> None:
        """Wait for the reader once."""
        if not self._started:
            self._started = True
            self._thread.start()
        self._asked.release()

    def close(self) -> None:
        """Close the reader when it does not wait."""
        if not self._started:
            self._reader.close()
            return
        self._closed = True
        self._asked.release()

    def _run(self) -> None:
        while True:
            self._asked.acquire()
            if self._closed:
                break
            try:
                self._reader.wait(_PATIENCE)
            except BaseException as error:  # the task raises it
                self.error = error
            self._ready()
        self._reader.close()


class OpenSink:
    """A sink on its way through one attempt of a subtask."""

    def __init__(self, functions: bytes, name: str) -> None:
        self._sink: Sink = load_connector(functions, name)
        self._prefix = uuid.uuid4().hex

    def writer(self, context: dict[str, Any], states: list[bytes]) -> SinkWriter:
        """Make the writer, after throwing away what was left by earlier ones."""
        made = WriterContext(**context, restored_states=tuple(loads(state) for state in states))
        self._sink.abort(made)
        writer = self._sink.create_writer(made)
        if not isinstance(writer, SinkWriter):
            raise TypeError(f"{_name(self._sink)}.create_writer() returns a SinkWriter, not {writer!r}")
        return writer

    def prepare(self, writer: SinkWriter, checkpoint_id: int) -> list[bytes]:
        """What the writer gives to be committed, each with its id."""
        given = list(writer.prepare_commit(checkpoint_id))
        if given and type(self._sink).commit is Sink.commit:
            raise TypeError(
                f"{type(writer).__qualname__}.prepare_commit() gave something to commit, but {_name(self._sink)} has "
                "no commit()"
            )
        return [dumps((f"{self._prefix}-{checkpoint_id}-{index}", value)) for index, value in enumerate(given)]

    def commit(self, committables: list[bytes]) -> None:
        """Commit what was prepared, in this attempt or an earlier one."""
        self._sink.commit([Committable(*loads(data)) for data in committables])


def snapshot(writer: SinkWriter, checkpoint_id: int) -> bytes | None:
    """The writer's state."""
    state = writer.snapshot(checkpoint_id)
    return None if state is None else dumps(state)


def _name(connector: object) -> str:
    return type(connector).__qualname__
