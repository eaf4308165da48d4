"""Names of functions in the graph."""

from __future__ import annotations

from penstock._build.functions import PickledFunction


class FunctionNames:
    """Gives the functions of a graph names of the form `role:node`, and keeps them by these."""

    def __init__(self) -> None:
        self.functions: dict[str, PickledFunction] = {}
        self.records: dict[type, None] = {}
        """Classes that annotations name, and those of the values of collections."""
        self._node = 0

    def at_node(self, node: int) -> FunctionNames:
        """The same collection, for the functions of this node."""
        self._node = node
        return self

    def add(self, role: str, function: PickledFunction) -> str:
        """The function's name; the same as before if the node already has it in this role."""
        base = name = f"{role}:{self._node}"
        number = 1
        while self.functions.get(name, function) is not function:
            number += 1
            name = f"{base}.{number}"
        self.functions[name] = function
        self.records.update(dict.fromkeys(function.records))
        return name
