"""Windows on their way to the engine."""

from __future__ import annotations

import dis
from dataclasses import dataclass
from typing import Any

from penstock._build.functions import PickledFunction
from penstock._build.names import FunctionNames
from penstock._build.operators import Operator, type_json
from penstock.common.typeinfo import TypeInformation


@dataclass(frozen=True)
class WindowOperator(Operator):
    """Keeps records by windows; `spec` is the engine's form of what it does."""

    operation: PickledFunction
    spec: dict[str, Any]
    contents_type: TypeInformation | None

    def to_json(self, names: FunctionNames) -> dict[str, Any]:
        """The engine's form."""
        spec = dict(self.spec)
        contents_type = type_json(self.contents_type)
        if contents_type is not None:
            spec["contents_type"] = contents_type
        return {
            "kind": "function",
            "function": names.add("window", self.operation),
            "shape": "window",
            "keyed": True,
            "window": spec,
        }


def merges(aggregate: Any) -> bool:
    """Whether an aggregate function's `merge` looks like one that works: it reads both accumulators and returns.

    Flink asks for `merge` where windows become one alone, so that many a script has an empty one.
    """
    code = getattr(getattr(aggregate.merge, "__func__", None), "__code__", None)
    if code is None or code.co_argcount != 3:
        return False
    instructions = list(dis.get_instructions(code))
    read = {name for i in instructions if i.opname.startswith("LOAD_FAST") for name in _names(i.argval)}
    raises = any(i.opname == "RAISE_VARARGS" for i in instructions)
    return not raises and set(code.co_varnames[1:3]) <= read | set(code.co_cellvars)


def _names(argval: Any) -> tuple[str, ...]:
    """The variables that an instruction loads; from Python 3.13 on it may be two."""
    return argval if isinstance(argval, tuple) else (argval,)
