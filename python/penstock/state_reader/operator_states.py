"""State that belongs to operators, not to keys: positions of sources, what sinks keep and are about to commit."""

from __future__ import annotations

import json
from typing import Any

from penstock.state_reader.cursor import Cursor
from penstock.state_reader.typed import Unpickle, decode_canonical, decode_typed

BROADCAST_TYPES = "_broadcast-types"


def decode_element(data: bytes) -> Any:
    """An element of a connector's own: JSON, or a version in a byte and JSON, otherwise the bytes themselves."""
    for body in (data, data[1:]):
        try:
            value = json.loads(body)
        except ValueError:
            continue
        return _split(value)
    return data


def _split(value: Any) -> Any:
    """A split of a source has the connector's own encoding within."""
    if isinstance(value, dict) and set(value) == {"id", "position", "data"} and isinstance(value["data"], list):
        return {**value, "data": decode_element(bytes(value["data"]))}
    return value


def broadcast_types(elements: list[tuple[int, bytes]]) -> dict[str, dict[str, Any]]:
    """The declared types of an operator's broadcast states by their names."""
    declarations = [json.loads(data) for _, data in elements]
    return {str(declaration["name"]): declaration["types"] for declaration in declarations}


def decode_broadcast(data: bytes, types: dict[str, Any] | None, unpickle: Unpickle) -> tuple[Any, Any]:
    """Key and value of an entry of broadcast state; bytes where its types are not known."""
    cursor = Cursor(data)
    key = cursor.long_sized()
    value = data[4 + len(key) :]
    if types is None:
        return key, value
    return decode_typed(types.get("map_key"), key, unpickle), decode_typed(types.get("value"), value, unpickle)


__all__ = ["BROADCAST_TYPES", "broadcast_types", "decode_broadcast", "decode_canonical", "decode_element"]
