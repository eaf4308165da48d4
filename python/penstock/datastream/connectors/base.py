"""What all connectors have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any

from penstock.datastream.functions import JavaFunctionWrapper

if TYPE_CHECKING:
    from penstock._build.operators import SinkOperator, SourceOperator


class Source(JavaFunctionWrapper):
    """Where records come from; what `env.from_source` takes."""

    def __init__(self, source: Any) -> None:
        super().__init__(source)

    def _source_operator(self) -> SourceOperator:
        """The source as an operator. Raises NotInPenstockError for connectors that Penstock does not have."""
        from penstock.util.exceptions import NotInPenstockError

        raise NotInPenstockError(f"the source {type(self).__name__}")


class Sink(JavaFunctionWrapper):
    """Where records go to; what `stream.sink_to` takes."""

    def __init__(self, sink: Any) -> None:
        super().__init__(sink)

    def _sink_operator(self) -> SinkOperator:
        """The sink as an operator. Raises NotInPenstockError for connectors that Penstock does not have."""
        from penstock.util.exceptions import NotInPenstockError

        raise NotInPenstockError(f"the sink {type(self).__name__}")


class StreamTransformer(ABC):
    """Prepares a stream for a sink."""

    @abstractmethod
    def apply(self, ds: Any) -> Any:
        """The prepared stream."""


class SupportsPreprocessing(ABC):
    """A sink whose stream may have to be prepared."""

    @abstractmethod
    def get_transformer(self) -> StreamTransformer | None:
        """What prepares the stream; None if nothing does."""


class DeliveryGuarantee(Enum):
    """What a sink promises of each record when the job fails and restarts."""

    EXACTLY_ONCE = (0,)
    AT_LEAST_ONCE = (1,)
    NONE = 2
