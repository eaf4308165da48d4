"""Connectors that PyFlink has and Penstock does not bring along: all there, and each use of them says what to do."""

from __future__ import annotations

import inspect
import json
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from penstock.util.exceptions import NotBuiltInError, NotInPenstockError
from python.test_api_surface import own, parameters

SURFACE = Path(__file__).parent / "data" / "not_built_in.json"
USE_INSTEAD = {
    "cassandra": "cassandra-driver",
    "dynamic_kafka": "KafkaSource",
    "elasticsearch": "penstock.connectors",
    "kinesis": "boto3",
    "pulsar": "penstock.connectors.python",
    "rabbitmq": "pika",
}
CLASSES = [
    (module, name, described)
    for module, classes in json.loads(SURFACE.read_text()).items()
    for name, described in classes.items()
]


def ids(value: Any) -> str | None:
    return value if isinstance(value, str) else None


@pytest.mark.parametrize(("module", "name", "described"), CLASSES, ids=ids)
def test_every_class_is_there_and_every_use_raises(module: str, name: str, described: dict[str, Any]) -> None:
    kind = own(f"pyflink.datastream.connectors.{module}.{name}")
    if "members" in described:
        assert issubclass(kind, Enum)
        assert {member: repr(value.value) for member, value in kind.__members__.items()} == described["members"]
        return
    assert {method: parameters(getattr(kind, method)) for method in described["methods"]} == described["methods"]
    for method in described["methods"]:
        with pytest.raises(NotBuiltInError, match=USE_INSTEAD[module]) as raised:
            called = kind if method == "__init__" else getattr(kind, method)
            called(*[None] * _needed(getattr(kind, method), called is kind))
        assert str(raised.value).startswith(f"{name if method == '__init__' else f'{name}.{method}'} is not built in")


def _needed(method: Any, is_class: bool) -> int:
    """How many arguments there have to be."""
    needed = [p for p in inspect.signature(method).parameters.values() if p.default is inspect.Parameter.empty]
    return len(needed) - is_class


def test_a_script_sees_where_it_went_wrong() -> None:
    from penstock.datastream.connectors.pulsar import PulsarSource

    with pytest.raises(NotInPenstockError, match=r"PulsarSource.builder is not built in \(called at .*\). Use "):
        PulsarSource.builder()
