"""What stands for objects of classes that a reader of state neither imports nor calls."""

from __future__ import annotations

from typing import Any

from penstock.state_reader.plain import shown


class PickledName:
    """A class or function that a pickle names; it was not looked up."""

    def __init__(self, qualified_name: str) -> None:
        self.qualified_name = qualified_name

    def __repr__(self) -> str:
        return f"<{self.qualified_name}>"


class PickledObject:
    """An object in a pickle: the name of its class, and what the pickle says it consists of. Nothing of it was run."""

    def __init__(self, qualified_name: str, arguments: tuple[Any, ...] = ()) -> None:
        self.qualified_name = qualified_name
        """Module and name of the class, or of the function that would make the object."""
        self.arguments = arguments
        """What it would be called with."""
        self.fields: dict[str, Any] = {}
        """The object's attributes."""
        self.items: list[Any] = []
        """Elements of a list or set, pairs of a dict, where the class is one of these."""

    def set_state(self, state: Any) -> None:
        """Take what the pickle would give to `__setstate__`."""
        parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
        if not all(part is None or isinstance(part, dict) for part in parts):
            self.fields["__state__"] = state
            return
        for part in parts:
            self.fields.update((str(name), value) for name, value in (part or {}).items())

    def __repr__(self) -> str:
        return shown(self)
