"""What a transformation does, before it becomes JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock._build.codecs import Codec
from penstock._build.functions import PickledFunction, pickled
from penstock._build.names import FunctionNames
from penstock.common.typeinfo import PickledBytesTypeInfo, TypeInformation
from penstock.common.watermark_strategy import WatermarkStrategy


class Operator(ABC):
    """What a transformation does. `prefix` comes before the operator's name wherever that is shown."""

    prefix = ""

    @abstractmethod
    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form; functions are added to `names`."""


@dataclass(frozen=True)
class Watermarks:
    """A watermark strategy with its assigner pickled."""

    generator: dict[str, Any]
    assigner: PickledFunction | None
    idleness_ms: int | None
    alignment: dict[str, Any] | None

    @staticmethod
    def of(strategy: WatermarkStrategy, caller: str) -> Watermarks:
        """What the strategy says. Raises TypeError if it is none."""
        if not isinstance(strategy, WatermarkStrategy):
            raise TypeError(
                f"{caller} takes a WatermarkStrategy such as WatermarkStrategy.no_watermarks(), not {strategy!r}"
            )
        said = strategy._strategy
        assigner = None if said.assigner is None else pickled(said.assigner, f"the timestamp assigner of {caller}")
        return Watermarks(said.generator, assigner, said.idleness_ms, said.alignment)

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        spec: dict[str, Any] = {"generator": self.generator}
        if self.assigner is not None:
            spec["assigner"] = names.add("assigner", self.assigner)
        if self.idleness_ms is not None:
            spec["idleness_ms"] = self.idleness_ms
        if self.alignment is not None:
            spec["alignment"] = self.alignment
        return spec


@dataclass(frozen=True)
class SourceOperator(Operator):
    """Reads records."""

    prefix = "Source: "

    connector: str
    options: dict[str, Any]
    decoder: Codec
    produced_type: TypeInformation | None = None
    watermarks: Watermarks | None = None
    records: Sequence[type] = ()
    """Dataclasses and named tuples that values of a collection are of."""

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        names.records.update(dict.fromkeys(self.records))
        source: dict[str, Any] = {
            "kind": "source",
            "connector": self.connector,
            "options": named(self.options, "source", names),
            "decoder": self.decoder.to_json(names),
        }
        if self.watermarks is not None:
            source["watermarks"] = self.watermarks.to_json(names)
        return source


@dataclass(frozen=True)
class FunctionOperator(Operator):
    """Calls a user function."""

    function: PickledFunction
    shape: str
    keyed: bool = False
    broadcast_states: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        function: dict[str, Any] = {
            "kind": "function",
            "function": names.add("function", self.function),
            "shape": self.shape,
            "keyed": self.keyed,
        }
        if self.broadcast_states:
            function["broadcast_states"] = self.broadcast_states
        return function


@dataclass(frozen=True)
class BatchesOperator(Operator):
    """Calls a user function for many records at once."""

    function: PickledFunction
    shape: str
    form: str
    batch_size: int
    max_wait_ms: int

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {
            "kind": "batches",
            "function": names.add("function", self.function),
            "shape": self.shape,
            "form": self.form,
            "batch_size": self.batch_size,
            "max_wait_ms": self.max_wait_ms,
        }


@dataclass(frozen=True)
class AsyncWaitOperator(Operator):
    """Calls an asynchronous function."""

    function: PickledFunction
    retry: PickledFunction | None
    timeout_ms: int
    capacity: int
    ordered: bool

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        calls: dict[str, Any] = {
            "kind": "async_wait",
            "function": names.add("function", self.function),
            "timeout_ms": self.timeout_ms,
            "capacity": self.capacity,
            "ordered": self.ordered,
        }
        if self.retry is not None:
            calls["retry"] = names.add("retry", self.retry)
        return calls


@dataclass(frozen=True)
class IntervalJoinOperator(Operator):
    """Pairs records of two inputs. Bounds are in milliseconds and inclusive."""

    function: PickledFunction
    lower: int
    upper: int
    left_late_output: str | None
    right_late_output: str | None

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        join: dict[str, Any] = {
            "kind": "interval_join",
            "function": names.add("function", self.function),
            "lower": self.lower,
            "upper": self.upper,
        }
        if self.left_late_output is not None:
            join["left_late_output"] = self.left_late_output
        if self.right_late_output is not None:
            join["right_late_output"] = self.right_late_output
        return join


@dataclass(frozen=True)
class WatermarksOperator(Operator):
    """Gives records event time."""

    strategy: Watermarks

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": "watermarks", "strategy": self.strategy.to_json(names)}


@dataclass(frozen=True)
class SinkOperator(Operator):
    """Writes records."""

    prefix = "Sink: "

    connector: str
    options: dict[str, Any] = field(default_factory=dict)
    encoder: Codec | None = None

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        options = named(self.options, "sink", names)
        sink: dict[str, Any] = {"kind": "sink", "connector": self.connector, "options": options}
        if self.encoder is not None:
            sink["encoder"] = self.encoder.to_json(names)
        return sink


def named(options: Any, role: str, names: FunctionNames) -> Any:
    """A connector's options with the names of the functions in them in their place."""
    if isinstance(options, PickledFunction):
        return names.add(role, options)
    if isinstance(options, dict):
        return {key: named(value, role, names) for key, value in options.items()}
    if isinstance(options, list):
        return [named(value, role, names) for value in options]
    return options


def type_json(type_info: TypeInformation | None) -> dict[str, Any] | None:
    """The engine's form of a type; None for pickled values."""
    if type_info is None or isinstance(type_info, PickledBytesTypeInfo):
        return None
    return type_info._to_json()
