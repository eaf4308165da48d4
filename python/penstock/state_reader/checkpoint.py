"""A checkpoint or savepoint and its operators."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock.state_reader.operator_states import BROADCAST_TYPES
from penstock.state_reader.states import (
    CoordinatorState,
    KeyedState,
    OperatorState,
    State,
    count_entries,
    timers_key_types,
)
from penstock.state_reader.typed import Unpickle

if TYPE_CHECKING:
    from penstock._native import StoredCheckpoint

_COORDINATOR = "coordinator"


class Checkpoint:
    """What `open` gives."""

    def __init__(self, stored: StoredCheckpoint, unpickle: Unpickle) -> None:
        self._described: dict[str, Any] = json.loads(stored.describe())
        self.url: str = self._described["url"]
        """The folder that was read."""
        self.job_id: str = self._described["job_id"]
        """The job that wrote it, 32 hexadecimal digits."""
        self.job_name: str = self._described["job_name"]
        """That job's name."""
        self.checkpoint_id: int = self._described["checkpoint_id"]
        """The checkpoint's number."""
        self.timestamp: int = self._described["timestamp"]
        """When it was triggered, in milliseconds since the epoch."""
        self.is_savepoint: bool = self._described["is_savepoint"]
        """Whether a user asked for it."""
        self.operators = [Operator(stored, one, unpickle) for one in self._described["operators"]]
        """The operators with or without state, in the order of the job."""

    def operator(self, name: str) -> Operator:
        """The operator with this uid, name, or hash of the uid. Raises KeyError with those that there are."""
        for attribute in ("uid", "name", "uid_hash"):
            found = [operator for operator in self.operators if getattr(operator, attribute) == name]
            if len(found) == 1:
                return found[0]
            if found:
                hashes = ", ".join(operator.uid_hash for operator in found)
                raise KeyError(f"several operators have the name {name!r}: use one of {hashes}")
        known = ", ".join(operator.uid or operator.name for operator in self.operators)
        raise KeyError(f"there is no operator {name!r}; there are: {known}")


class Operator:
    """An operator of a checkpoint."""

    def __init__(self, stored: StoredCheckpoint, described: dict[str, Any], unpickle: Unpickle) -> None:
        self._stored = stored
        self._described = described
        self._unpickle = unpickle
        self._states: list[State] | None = None
        self.uid: str | None = described["uid"]
        """The uid that the script gave it."""
        self.uid_hash: str = described["uid_hash"]
        """The id under which its state is found again, 32 hexadecimal digits."""
        self.name: str = described["name"]
        """Its name."""
        self.parallelism: int = described["parallelism"]
        """How many subtasks wrote it."""
        self.max_parallelism: int = described["max_parallelism"]
        """How many key groups it has."""

    @property
    def states(self) -> list[State]:
        """Its states. The directories of the state files are read for that, once."""
        if self._states is None:
            self._states = [*self._keyed(), *self._operator_states()]
        return self._states

    def state(self, name: str) -> State:
        """The state of this name. Raises KeyError with those that there are."""
        for state in self.states:
            if state.name == name:
                return state
        known = ", ".join(state.name for state in self.states) or "none"
        raise KeyError(f"operator {self.uid or self.name!r} has no state {name!r}; it has: {known}")

    def sizes(self) -> list[tuple[State, int, int]]:
        """Every state with the number of its entries and the bytes of their keys and values.

        Keyed state is read through once for all of them.
        """
        counted = count_entries(self._stored, self.uid_hash)
        return [
            (state, *(counted.get(state.name, (0, 0)) if isinstance(state, KeyedState) else state.size()))
            for state in self.states
        ]

    def _keyed(self) -> list[State]:
        states = self._stored.keyed_states(self.uid_hash)
        key_types = timers_key_types(states)
        return [
            KeyedState(
                self._stored,
                self.uid_hash,
                name,
                kind,
                self._unpickle,
                declared=declared,
                words=words,
                key_types=key_types,
            )
            for name, kind, declared, words in states
        ]

    def _operator_states(self) -> list[State]:
        states: list[State] = [
            OperatorState(self._stored, self.uid_hash, state["name"], state["mode"], self._unpickle)
            for state in self._described["operator_states"]
            if state["name"] != BROADCAST_TYPES
        ]
        if self._described["coordinator_bytes"] is not None:
            states.append(CoordinatorState(self._stored, self.uid_hash, _COORDINATOR, _COORDINATOR, self._unpickle))
        return states
