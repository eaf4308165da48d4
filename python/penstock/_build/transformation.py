"""What a script has built so far: transformations, and streams as references to their outputs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from penstock._build.call_site import CallSite
from penstock._build.operators import Operator
from penstock._build.partitioning import Forward, Partitioning
from penstock.common.typeinfo import TypeInformation

if TYPE_CHECKING:
    from penstock._build.caching import CachedResult


@dataclass(frozen=True)
class Upstream:
    """An output of a transformation, and how its records are handed on."""

    transformation: Transformation
    side: str | None = None
    partitioning: Partitioning = field(default_factory=Forward)
    cache: CachedResult | None = None
    """Where the records are kept, of a stream that is cached."""

    def resolved(self) -> Upstream:
        """What the records are read from: the cache, once it is filled."""
        source = self.cache.source() if self.cache is not None else None
        return self if source is None else Upstream(source, partitioning=self.partitioning)

    def partitioned(self, partitioning: Partitioning) -> Upstream:
        """The same output, handed on in another way."""
        return replace(self, partitioning=partitioning)


@dataclass(frozen=True)
class Edge:
    """An input of a transformation: `input` is 1 for the second input of an operator with two."""

    upstream: Upstream
    input: int = 0


@dataclass(eq=False)
class Transformation:
    """One operator of the script. `order` is its place among the calls of the script."""

    order: int
    name: str
    operator: Operator
    parallelism: int
    edges: list[Edge] = field(default_factory=list)
    output_type: TypeInformation | None = None
    parallelism_limit: int | None = None
    max_parallelism: int | None = None
    uid: str | None = None
    uid_hash: str | None = None
    description: str | None = None
    chaining: str = "always"
    slot_sharing_group: str | None = None
    buffer_timeout_ms: int | None = None
    side_outputs: dict[str, TypeInformation] = field(default_factory=dict)
    site: CallSite | None = None
