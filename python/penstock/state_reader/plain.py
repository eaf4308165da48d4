"""Values as JSON has them, and as text. What is written out is bounded: a small pickle may mean a huge tree."""

from __future__ import annotations

import base64
import json
import math
from collections import deque
from collections.abc import Mapping
from typing import Any

_MOST_PARTS = 10_000
_DEEPEST = 50
_LARGEST_NUMBER = 10_000
_ELLIPSIS = "…"


def to_plain(value: Any) -> Any:
    """The value out of what JSON has: numbers, text, lists, objects."""
    return _Plain().of(value, 0)


def to_json(value: Any) -> str:
    """The value as JSON text."""
    return json.dumps(to_plain(value), ensure_ascii=False)


def shown(value: Any) -> str:
    """The value as text for people, in Python's notation."""
    return _Shown().of(value, 0)


def _large(value: int) -> str:
    return str(value) if value.bit_length() <= _LARGEST_NUMBER else f"<an int of {value.bit_length()} bits>"


class _Bounded:
    """Counts what it has seen of a value."""

    def __init__(self) -> None:
        self._left = _MOST_PARTS

    def _spent(self, depth: int) -> bool:
        self._left -= 1
        return self._left < 0 or depth > _DEEPEST


class _Plain(_Bounded):
    def of(self, value: Any, depth: int) -> Any:
        if self._spent(depth):
            return _ELLIPSIS
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**64 else _large(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, (bytes, bytearray)):
            return {"base64": base64.b64encode(value).decode()}
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset, deque)):
            return self._all(value, depth)
        return self._object(value, depth)

    def _all(self, items: Any, depth: int) -> list[Any]:
        listed = []
        for item in items:
            listed.append(self.of(item, depth + 1))
            if self._left < 0:
                break
        return listed

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Any:
        if all(isinstance(key, str) for key in value):
            listed = {}
            for key, item in value.items():
                listed[key] = self.of(item, depth + 1)
                if self._left < 0:
                    break
            return listed
        return {"entries": self._all(value.items(), depth)}

    def _object(self, value: Any, depth: int) -> Any:
        qualified = getattr(value, "qualified_name", None)
        if qualified is None:
            names = getattr(value, "_fields", None)
            values = getattr(value, "_values", None)
            if values is not None:
                return self.of(dict(zip(names, values, strict=False)) if names else list(values), depth)
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
        parts = {"class": qualified}
        for part in ("arguments", "fields", "items"):
            content = getattr(value, part, None)
            if content:
                parts[part] = self.of(content, depth + 1)
        return parts


class _Shown(_Bounded):
    def of(self, value: Any, depth: int) -> str:
        if self._spent(depth):
            return _ELLIPSIS
        if isinstance(value, dict):
            pairs = self._list(value.items(), lambda pair: self._pair(pair, ": ", depth))
            name = type(value).__name__
            return f"{{{pairs}}}" if type(value) is dict else f"{name}({{{pairs}}})"
        if isinstance(value, tuple):
            inner = self._list(value, lambda item: self.of(item, depth + 1))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if isinstance(value, list):
            return f"[{self._list(value, lambda item: self.of(item, depth + 1))}]"
        if isinstance(value, (set, frozenset, deque)):
            inner = self._list(value, lambda item: self.of(item, depth + 1))
            return f"{{{inner}}}" if type(value) is set and value else f"{type(value).__name__}([{inner}])"
        if hasattr(value, "qualified_name") and hasattr(value, "arguments"):
            return self._object(value, depth)
        return _large(value) if type(value) is int else repr(value)

    def _list(self, items: Any, one: Any) -> str:
        listed = []
        for item in items:
            listed.append(one(item))
            if self._left < 0:
                break
        return ", ".join(listed)

    def _pair(self, pair: tuple[Any, Any], between: str, depth: int) -> str:
        return self.of(pair[0], depth + 1) + between + self.of(pair[1], depth + 1)

    def _object(self, value: Any, depth: int) -> str:
        parts = [self.of(argument, depth + 1) for argument in value.arguments]
        parts += [f"{name}={self.of(part, depth + 1)}" for name, part in value.fields.items()]
        if value.items:
            parts.append(self.of(value.items, depth + 1))
        return f"{value.qualified_name}({', '.join(parts)})"
