"""Sources and sinks written in Python, with checkpoints, watermarks for each split and commits in two phases.

A source lists its splits and makes a reader for each. What the reader calls its `position` goes into checkpoints, and
comes back when the job goes on from one:

    class Lines(Source):
        def __init__(self, folder):
            self.folder = folder

        def splits(self):
            return sorted(os.listdir(self.folder))

        def create_reader(self, split, position, context):
            return LineReader(os.path.join(self.folder, split.id), position or 0)

    class LineReader(SplitReader):
        def __init__(self, path, position):
            self.file = open(path)
            self.file.seek(position)
            self.position = position

        def poll(self, max_records):
            lines = [line for _ in range(max_records) if (line := self.file.readline())]
            self.position = self.file.tell()
            return lines or END_OF_SPLIT

    env.from_source(Lines("input"), WatermarkStrategy.no_watermarks(), "lines", Types.STRING())

A sink makes a writer for each subtask. One that overrides `commit` has two phases: at a checkpoint the writer gives
what is to be committed, and once the checkpoint is complete, that is committed.

Sources and sinks are copied to where they run: connections are opened in `create_reader` and `create_writer`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from penstock._build.codecs import Codec
from penstock._build.functions import pickled
from penstock._build.operators import SinkOperator, SourceOperator
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.connectors import base

__all__ = [
    "END_OF_SPLIT",
    "Boundedness",
    "Committable",
    "ReaderContext",
    "Record",
    "Sink",
    "SinkWriter",
    "Source",
    "SourceSplit",
    "SplitReader",
    "WriterContext",
]


class Boundedness(Enum):
    """Whether a source ends by itself."""

    BOUNDED = "bounded"
    CONTINUOUS_UNBOUNDED = "unbounded"


class _EndOfSplit:
    """The class of END_OF_SPLIT, of which there is one."""

    def __repr__(self) -> str:
        return "END_OF_SPLIT"

    def __reduce__(self) -> str:
        return "END_OF_SPLIT"


END_OF_SPLIT: Final = _EndOfSplit()
"""What `poll` returns when the split was read to its end."""


@dataclass(frozen=True)
class SourceSplit:
    """A part of a source that one reader reads. `id` is unique within the source; `data` is for the reader."""

    id: str
    data: Any = None


class Record:
    """A value with its event time in milliseconds since 1970, where the source knows it."""

    __slots__ = ("timestamp", "value")

    def __init__(self, value: Any, timestamp: int | None = None) -> None:
        self.value = value
        self.timestamp = timestamp

    def __repr__(self) -> str:
        return f"Record({self.value!r}, {self.timestamp!r})"


@dataclass(frozen=True)
class ReaderContext:
    """Where a reader runs: the subtask's index from 0, and how many there are."""

    subtask: int
    parallelism: int


class SplitReader(ABC):
    """Reads one split.

    `position` says where the next `poll` goes on. It is looked at after each poll, has to be picklable, and comes back
    as the argument of `create_reader`. Reading again from a position has to give the same records in the same order:
    a checkpoint may fall between two records of one poll, and those before it are then read again and dropped.
    """

    position: Any = None
    poll_interval: float = 0.05
    """After a `poll` that gave nothing, how many seconds pass until the next one, unless there is a `wait`."""

    @abstractmethod
    def poll(self, max_records: int) -> Iterable[Any] | _EndOfSplit | None:
        """The next records, about `max_records` at most: values, or `Record`s where the source knows their time.

        Returns quickly, for the whole task stands still meanwhile. None, or no record, is: nothing is there now.
        END_OF_SPLIT is: nothing will ever come.
        """

    def wait(self, timeout: float) -> None:
        """Block until `poll` may have something to give, or for `timeout` seconds.

        A reader that has this method is not asked again and again. It is called on a thread of its own, after a `poll`
        that gave nothing, and no other method is called until it returns.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give back what the reader holds; called once, also after a failure."""


class Source(base.Source, ABC):
    """A source; what `env.from_source` takes.

    `discovery_interval`, in seconds, has `splits` called again and again to find new ones.
    """

    boundedness: Boundedness = Boundedness.BOUNDED
    discovery_interval: float | None = None
    produced_type: TypeInformation | None = None
    """The type of the records, unless `from_source` is told one."""

    def __init__(self) -> None:
        super().__init__(None)

    @abstractmethod
    def splits(self) -> Iterable[SourceSplit | str]:
        """All splits that there are now, or their ids alone. A split whose id was there before is not read again.

        Called where the job was submitted, on a copy of the source of its own. May take its time.
        """

    @abstractmethod
    def create_reader(self, split: SourceSplit, position: Any, context: ReaderContext) -> SplitReader:
        """The reader of a split. `position` is None for a new split, else the last one that is in the checkpoint."""

    def _source_operator(self) -> SourceOperator:
        if not isinstance(self.boundedness, Boundedness):
            raise TypeError(
                f"{_name(self)}.boundedness has to be a Boundedness such as Boundedness.BOUNDED, "
                f"not {self.boundedness!r}"
            )
        interval = self.discovery_interval
        if interval is not None and not (isinstance(interval, (int, float)) and interval > 0):
            raise ValueError(f"{_name(self)}.discovery_interval is a number of seconds above 0, not {interval!r}")
        bounded = self.boundedness is Boundedness.BOUNDED
        if bounded and interval is not None:
            raise ValueError(
                f"{_name(self)} looks for new splits again and again and so never ends: say so with "
                "boundedness = Boundedness.CONTINUOUS_UNBOUNDED"
            )
        options = {
            "class": _name(self),
            "function": pickled(self, "the source of from_source"),
            "bounded": bounded,
            "discovery_interval_ms": None if interval is None else max(1, round(interval * 1000)),
        }
        return SourceOperator("python", options, Codec("object"), self.produced_type)


@dataclass(frozen=True)
class WriterContext:
    """Where a writer runs, and what it goes on from.

    `restored_checkpoint` is the number of the checkpoint that the job goes on from, None at a first start.
    `restored_states` has what `SinkWriter.snapshot` gave there, of each subtask that this one takes over. `attempt`
    counts the starts of the task in this job, from 0.
    """

    subtask: int
    parallelism: int
    attempt: int
    job_id: str
    restored_checkpoint: int | None
    restored_states: Sequence[Any]


@dataclass(frozen=True)
class Committable:
    """Something that a writer gave to be committed. `id` is the same whenever it is committed again, and no other's."""

    id: str
    value: Any


class SinkWriter(ABC):
    """Writes the records of one subtask. At a checkpoint come, in this order: `flush`, `prepare_commit`, `snapshot`."""

    @abstractmethod
    def write(self, value: Any, timestamp: int | None) -> None:
        """Take one record with its event time. The task waits meanwhile: that is the back-pressure."""

    def flush(self, end_of_input: bool) -> None:
        """Return when all that was written is stored. After `end_of_input` nothing follows."""

    def prepare_commit(self, checkpoint_id: int) -> Iterable[Any]:
        """First phase: what is to be committed of the records since the last call. It has to outlive this process."""
        return ()

    def snapshot(self, checkpoint_id: int) -> Any:
        """The writer's own state, picklable; None is none."""
        return None

    def close(self) -> None:
        """Give back what the writer holds; called once, also after a failure. Uncommitted records are not committed."""


class Sink(base.Sink, ABC):
    """A sink; what `stream.sink_to` takes. Without `commit` its records are written at least once."""

    def __init__(self) -> None:
        super().__init__(None)

    @abstractmethod
    def create_writer(self, context: WriterContext) -> SinkWriter:
        """The writer of one subtask. `commit` and `abort` are called on the same copy of the sink."""

    def commit(self, committables: Sequence[Committable]) -> None:
        """Second phase: make final what `prepare_commit` gave.

        Called when the checkpoint is complete, and once more after a restart, so it has to leave alone what was
        committed already: remember the `id`s where the records go, in the same transaction, or do what is harmless by
        its nature, such as renaming a file. What raises is tried again after a restart of the job.
        """
        raise NotImplementedError

    def abort(self, context: WriterContext) -> None:
        """Throw away what earlier attempts of this subtask have written, without its being in a checkpoint.

        Called before the writer is made. What was first written after checkpoint `context.restored_checkpoint` (or
        ever, without one) will never be committed; all before that is, or another subtask does it. Sinks with this
        method put the subtask and the checkpoint that they began after into the names of what they stage. A subtask
        takes care of all whose index modulo `context.parallelism` is its own.
        """

    def _sink_operator(self) -> SinkOperator:
        overridden = type(self).commit is not Sink.commit
        options = {
            "class": _name(self),
            "function": pickled(self, "the sink of sink_to"),
            "two_phase": overridden,
        }
        return SinkOperator("python", options, Codec("object"))


def _name(connector: object) -> str:
    return type(connector).__qualname__
