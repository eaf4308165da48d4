"""How records find the subtask that takes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from penstock._build.functions import PickledFunction
from penstock._build.names import FunctionNames
from penstock._build.operators import type_json
from penstock.common.typeinfo import TypeInformation


class Partitioning(ABC):
    """How records find the subtask that takes them."""

    @abstractmethod
    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form; functions are added to `names`."""


@dataclass(frozen=True)
class Simple(Partitioning):
    """One that needs nothing from the script: `rebalance`, `rescale`, `shuffle`, `broadcast`, `global`."""

    kind: str

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class Forward(Partitioning):
    """To the subtask of the same index; `explicit` where the script says so."""

    explicit: bool = False

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {"kind": "forward", "explicit": True} if self.explicit else {"kind": "forward"}


@dataclass(frozen=True)
class Hash(Partitioning):
    """By key."""

    selector: PickledFunction
    key_type: TypeInformation | None

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        partitioner: dict[str, Any] = {"kind": "hash", "selector": names.add("selector", self.selector)}
        key_type = type_json(self.key_type)
        if key_type is not None:
            partitioner["key_type"] = key_type
        return partitioner


@dataclass(frozen=True)
class Custom(Partitioning):
    """By the user's partitioner."""

    partitioner: PickledFunction
    selector: PickledFunction

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        return {
            "kind": "custom",
            "partitioner": names.add("partitioner", self.partitioner),
            "selector": names.add("selector", self.selector),
        }
