"""States of a checkpoint and their entries."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.state_reader import operator_states
from penstock.state_reader.cursor import Cursor
from penstock.state_reader.typed import Unpickle, decode_canonical, decode_typed
from penstock.state_reader.window_keys import split_window

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-not-found, unused-ignore]

    from penstock._native import StoredCheckpoint

_BATCH = 1024
_TTL = 8


@dataclass(frozen=True)
class Entry:
    """One entry of a state. What a kind of state has not is None."""

    key: Any = None
    """The operator's key; of broadcast state, the key of the map."""
    map_key: Any = None
    """The key within a map."""
    value: Any = None
    """The value; of a list state the whole list."""
    timestamp: int | None = None
    """When a timer is due, in milliseconds since the epoch."""
    last_used: int | None = None
    """Where the state has a time to live: when the value's life began, in milliseconds since the epoch; of a
    list, whose elements live one by one, when that of its youngest began."""
    key_group: int | None = None
    """The key's group, of keyed state."""
    window: str | None = None
    """The key's window, of state of windows."""
    subtask: int | None = None
    """The subtask that wrote it, of operator state."""


class State(ABC):
    """A state of an operator."""

    def __init__(self, checkpoint: StoredCheckpoint, uid_hash: str, name: str, kind: str, unpickle: Unpickle) -> None:
        self._checkpoint = checkpoint
        self._uid_hash = uid_hash
        self._unpickle = unpickle
        self.name = name
        """The state's name."""
        self.kind = kind
        """`value`, `list`, `map`, `timers`; `split`, `union`, `broadcast` for operator state, `coordinator`."""

    @property
    @abstractmethod
    def declared(self) -> str:
        """The declared types in words; empty where a state has none."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """The entries, one after another. Raises JobExecutionException where the file is damaged."""

    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Number of entries, and bytes of their keys and values. Keyed state is read through for that."""

    def batches(self, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """The entries as Arrow record batches of at most so many rows. Needs pyarrow."""
        from penstock.state_reader.arrow import batches

        return batches(self, rows)

    def table(self) -> pa.Table:
        """All entries as an Arrow table, in memory. Needs pyarrow."""
        from penstock.state_reader.arrow import table

        return table(self)


class KeyedState(State):
    """State per key."""

    def __init__(
        self,
        checkpoint: StoredCheckpoint,
        uid_hash: str,
        name: str,
        kind: str,
        unpickle: Unpickle,
        *,
        declared: str,
        words: str,
        key_types: dict[str, Any] | None,
    ) -> None:
        super().__init__(checkpoint, uid_hash, name, kind, unpickle)
        self.types = _types(declared)
        """The declared types as JSON has them; None in checkpoints that have only words."""
        self._words = words
        self.key_types = key_types

    @property
    def declared(self) -> str:
        """The declared types in words."""
        return self._words

    def entries(self) -> Iterator[Entry]:
        """The entries, key groups of a subtask ascending."""
        for _, declared, group, key, map_key, value in self._raw():
            yield self._entry(declared, group, key, map_key, value)

    def size(self) -> tuple[int, int]:
        """Number and bytes of the entries, by reading all."""
        return count_entries(self._checkpoint, self._uid_hash, self.name).get(self.name, (0, 0))

    def _raw(self) -> Iterator[tuple[str, str, int, bytes, bytes, bytes]]:
        stored = self._checkpoint.entries(self._uid_hash, self.name)
        while batch := stored.batch(_BATCH):
            yield from batch

    def _entry(self, declared: str, group: int, key: bytes, map_key: bytes, value: bytes) -> Entry:
        if not (_types(declared) or {}).get("namespaced"):
            return self._entry_of_key(declared, group, key, map_key, value)
        key, window = split_window(key)
        return replace(self._entry_of_key(declared, group, key, map_key, value), window=window)

    def _entry_of_key(self, declared: str, group: int, key: bytes, map_key: bytes, value: bytes) -> Entry:
        decoded = self._key(key)
        if self.kind == "timers":
            # The sign bit is flipped in storage, so that bytes order as times do.
            return Entry(key=decoded, timestamp=int.from_bytes(map_key, "big") - 2**63, key_group=group)
        types = _types(declared)
        if types is None:
            return Entry(key=decoded, map_key=map_key or None, value=value, key_group=group)
        if self.kind == "list" and types.get("ttl"):
            elements, last_used = self._elements(types.get("value"), value)
            return Entry(key=decoded, value=elements, last_used=last_used, key_group=group)
        last_used = None
        if types.get("ttl"):
            last_used, value = int.from_bytes(value[:_TTL], "big", signed=True), value[_TTL:]
        of_map = None
        if self.kind == "map":
            of_map = self._untyped_or(types.get("map_key"), map_key)
        of_value = types.get("value")
        if self.kind == "list":
            of_value = {"type": "LIST", "element": of_value or {"type": "PICKLED_BYTE_ARRAY"}}
        decoded_value = decode_typed(of_value, value, self._unpickle)
        return Entry(key=decoded, map_key=of_map, value=decoded_value, last_used=last_used, key_group=group)

    def _elements(self, declared: dict[str, Any] | None, data: bytes) -> tuple[list[Any], int | None]:
        """A list with time to live: of each element its time, its length and its bytes."""
        cursor = Cursor(data)
        elements, times = [], []
        while not cursor.is_at_end():
            times.append(cursor.integer(_TTL))
            elements.append(decode_typed(declared, cursor.long_sized(), self._unpickle))
        return elements, max(times, default=None)

    def _key(self, key: bytes) -> Any:
        if self.key_types is None:
            return key
        return self._untyped_or(self.key_types.get("key"), key)

    def _untyped_or(self, declared: dict[str, Any] | None, data: bytes) -> Any:
        if declared is None:
            return decode_canonical(data, self._unpickle)
        return decode_typed(declared, data, self._unpickle)


def count_entries(stored: StoredCheckpoint, uid_hash: str, state: str | None = None) -> dict[str, tuple[int, int]]:
    """Number and bytes of the entries of each keyed state of an operator, or of one, by reading them all once."""
    counted: dict[str, tuple[int, int]] = {}
    stream = stored.entries(uid_hash, state)
    while batch := stream.batch(_BATCH):
        for name, _, _, key, map_key, value in batch:
            entries, size = counted.get(name, (0, 0))
            counted[name] = entries + 1, size + len(key) + len(map_key) + len(value)
    return counted


def _types(declared: str) -> dict[str, Any] | None:
    try:
        types = json.loads(declared)
    except ValueError:
        return None
    return types if isinstance(types, dict) else None


def timers_key_types(states: list[tuple[str, str, str, str]]) -> dict[str, Any] | None:
    """What the timers of an operator know of the type of its keys."""
    return next((_types(declared) for _, kind, declared, _ in states if kind == "timers"), None)


class OperatorState(State):
    """State of an operator's subtasks, without keys."""

    @property
    def declared(self) -> str:
        """The declared types of broadcast state, in words."""
        types = self.broadcast_types()
        if types is None:
            return ""
        return f"{_named(types.get('map_key'))} -> {_named(types.get('value'))}"

    def broadcast_types(self) -> dict[str, Any] | None:
        """The declared types as JSON has them, of broadcast state."""
        if self.kind != "broadcast":
            return None
        elements = self._checkpoint.elements(self._uid_hash, operator_states.BROADCAST_TYPES)
        return operator_states.broadcast_types(elements).get(self.name)

    def entries(self) -> Iterator[Entry]:
        """The elements. Broadcast state, which all subtasks have, comes once."""
        elements = self._elements()
        if self.kind != "broadcast":
            for subtask, data in elements:
                yield Entry(value=operator_states.decode_element(data), subtask=subtask)
            return
        types = self.broadcast_types()
        for subtask, data in elements:
            if subtask == elements[0][0]:
                key, value = operator_states.decode_broadcast(data, types, self._unpickle)
                yield Entry(key=key, value=value)

    def size(self) -> tuple[int, int]:
        """Number and bytes of the elements."""
        elements = self._elements()
        if self.kind == "broadcast":
            elements = [element for element in elements if element[0] == elements[0][0]]
        return len(elements), sum(len(data) for _, data in elements)

    def _elements(self) -> list[tuple[int, bytes]]:
        return self._checkpoint.elements(self._uid_hash, self.name)


class CoordinatorState(State):
    """What an operator's coordinator keeps: the splits that a source knows, for example."""

    @property
    def declared(self) -> str:
        """Empty."""
        return ""

    def entries(self) -> Iterator[Entry]:
        """One."""
        data = self._checkpoint.coordinator(self._uid_hash)
        if data is not None:
            yield Entry(value=operator_states.decode_element(data))

    def size(self) -> tuple[int, int]:
        """One, and its bytes."""
        data = self._checkpoint.coordinator(self._uid_hash)
        return (0, 0) if data is None else (1, len(data))


def _named(declared: dict[str, Any] | None) -> str:
    if declared is None:
        return "PICKLED_BYTE_ARRAY"
    name = str(declared["type"])
    inner = [declared[part] for part in ("element", "key", "value") if part in declared]
    inner += declared.get("fields", [])
    names = declared.get("names") or [""] * len(inner)
    if not inner:
        return name
    shown = [f"{label}: {_named(part)}" if label else _named(part) for label, part in zip(names, inner, strict=False)]
    return f"{name}({', '.join(shown)})"
