"""Reducing and aggregating state, as a single value each."""

from __future__ import annotations

from typing import Any

from penstock.datastream.functions import AggregateFunction, ReduceFunction
from penstock.datastream.state import AggregatingState, ReducingState, ValueState


class ReducingValueState(ReducingState[Any]):
    """The combination of all values added."""

    def __init__(self, state: ValueState[Any], function: Any) -> None:
        self._state = state
        self._reduce = function.reduce if isinstance(function, ReduceFunction) else function

    def get(self) -> Any:
        """The combination; None if nothing was added."""
        return self._state.value()

    def add(self, value: Any) -> None:
        """Combine with one more value; None clears."""
        if value is None:
            self.clear()
            return
        current = self._state.value()
        self._state.update(value if current is None else self._reduce(current, value))

    def clear(self) -> None:
        """Forget everything."""
        self._state.clear()


class AggregatingValueState(AggregatingState[Any, Any]):
    """The aggregate of all values added, kept as its accumulator."""

    def __init__(self, state: ValueState[Any], function: AggregateFunction) -> None:
        self._state = state
        self._function = function

    def get(self) -> Any:
        """The result of the accumulator; None if nothing was added."""
        accumulator = self._state.value()
        return None if accumulator is None else self._function.get_result(accumulator)

    def add(self, value: Any) -> None:
        """Add one more value to the accumulator; None clears."""
        if value is None:
            self.clear()
            return
        accumulator = self._state.value()
        if accumulator is None:
            accumulator = self._function.create_accumulator()
        self._state.update(self._function.add(value, accumulator))

    def clear(self) -> None:
        """Forget everything."""
        self._state.clear()
