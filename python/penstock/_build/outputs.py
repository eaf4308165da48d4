"""A stream's place in the job: the outputs that its records come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock._build.partitioning import Forward, Partitioning
from penstock._build.transformation import Transformation, Upstream
from penstock.common.typeinfo import TypeInformation

if TYPE_CHECKING:
    from penstock.datastream.stream_execution_environment import StreamExecutionEnvironment


@dataclass(frozen=True)
class Outputs:
    """The outputs that a stream's records come from; a union has several."""

    env: StreamExecutionEnvironment
    upstreams: tuple[Upstream, ...]
    output_type: TypeInformation | None

    @staticmethod
    def of(env: StreamExecutionEnvironment, transformation: Transformation) -> Outputs:
        """The main output of a transformation."""
        return Outputs(env, (Upstream(transformation),), transformation.output_type)

    @property
    def parallelism(self) -> int:
        """Number of subtasks that the records come from."""
        return max(upstream.transformation.parallelism for upstream in self.upstreams)

    def operator(self) -> Transformation | None:
        """The transformation whose main output this is, if it is nothing else."""
        first = self.upstreams[0]
        plain = len(self.upstreams) == 1 and first.side is None and isinstance(first.partitioning, Forward)
        return first.transformation if plain else None

    def partitioned(self, partitioning: Partitioning) -> Outputs:
        """The same records, handed on in another way."""
        return replace(self, upstreams=tuple(upstream.partitioned(partitioning) for upstream in self.upstreams))

    def side(self, tag: str, output_type: TypeInformation) -> Outputs:
        """A side output of the operator."""
        upstream = Upstream(self.upstreams[0].transformation, tag)
        return replace(self, upstreams=(upstream,), output_type=output_type)

    def union(self, other: Outputs) -> Outputs:
        """The records of both. Raises ValueError if their types or environments differ."""
        if other.env is not self.env:
            raise ValueError("union takes streams of the same environment")
        if not _same(self.output_type, other.output_type):
            raise ValueError(
                f"union takes streams of the same type; these are {self.output_type} and {other.output_type}. "
                "Declare the same output_type for both."
            )
        return replace(self, upstreams=self.upstreams + other.upstreams)


def _same(left: TypeInformation | None, right: TypeInformation | None) -> bool:
    from penstock._build.operators import type_json

    return type_json(left) == type_json(right)
