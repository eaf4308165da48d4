"""Streams whose records are kept for later jobs of the script."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from penstock._build.codecs import Codec, schema_codec
from penstock._build.operators import SinkOperator, SourceOperator
from penstock._build.transformation import Edge, Transformation, Upstream
from penstock._runtime.pickling import dumps
from penstock.common.serialization import SerializationSchema
from penstock.common.typeinfo import TypeInformation

if TYPE_CHECKING:
    from penstock._native import Job


class _Pickles(SerializationSchema):
    """Records as pickles."""

    def __init__(self) -> None:
        pass

    def _codec(self) -> str | None:
        return None

    def serialize(self, value: Any) -> bytes:
        """A record's pickle."""
        return dumps(value)


class CachedResult:
    """The records of one output, once a job that had them has finished.

    The first job with the output gets a sink more, which writes into a folder. `order` is the place among the calls of
    the script of what is added to jobs.
    """

    def __init__(self, upstream: Upstream, output_type: TypeInformation | None, order: int) -> None:
        self._upstream = upstream
        self._output_type = output_type
        self._order = order
        self._folder: str | None = None
        self._filling: Job | None = None
        self._source: Transformation | None = None

    def source(self) -> Transformation | None:
        """What reads the records; None if they are not there yet."""
        if self._source is None and self._filling is not None and self._filling.status() == "FINISHED":
            operator = SourceOperator("cache", {"folder": self._folder}, Codec("pickle"), self._output_type)
            self._source = self._transformation("Cache", operator, [])
        return self._source

    def sink(self) -> Transformation:
        """What fills the cache, for a job that is about to be run."""
        self.invalidate()
        self._folder = tempfile.mkdtemp(prefix="penstock-cache-")
        operator = SinkOperator("cache", {"folder": self._folder}, schema_codec(_Pickles(), "the cache"))
        return self._transformation("Cache", operator, [Edge(self._upstream)])

    def filled_by(self, job: Job) -> None:
        """Say which job has the sink."""
        self._filling = job

    def invalidate(self) -> None:
        """Give the records up; the next job with the output fills the cache anew."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = self._filling = self._source = None

    def _transformation(self, name: str, operator: SourceOperator | SinkOperator, edges: list[Edge]) -> Transformation:
        parallelism = self._upstream.transformation.parallelism
        output_type = self._output_type if isinstance(operator, SourceOperator) else None
        return Transformation(self._order, name, operator, parallelism, edges, output_type)
