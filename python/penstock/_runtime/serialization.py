"""(De)serialisation by schemas in Python, where the engine has no codec of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.common.serialization import DeserializationSchema, SerializationSchema


def decoder(schema: DeserializationSchema) -> Callable[[bytes], Any | None]:
    """The function from a record's bytes to its value; None is a record to be skipped."""
    return schema.deserialize


def encoder(schema: SerializationSchema) -> Callable[[Any], bytes]:
    """The function from a value to a record's bytes."""
    return schema.serialize
