"""Records as JSON, where nothing more is said about them."""

from __future__ import annotations

import json
from typing import Any

from penstock.common.serialization import SerializationSchema
from penstock.common.types import Row


class JsonValues(SerializationSchema):
    """Any value that has a JSON form; a Row with field names is an object, one without an array."""

    def serialize(self, value: Any) -> bytes:
        """The value's JSON. Raises TypeError for what has none."""
        return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        names = getattr(value, "_fields", None)
        return value.as_dict() if names else list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        # An array or scalar of NumPy.
        return value.tolist()
    raise TypeError(f"{value!r:.200} has no JSON form; give the sink a serialization schema")
