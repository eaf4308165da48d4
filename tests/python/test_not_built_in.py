"""Connectors that PyFlink has and Penstock does not bring along: all there, and each use of them says what to do."""

from __future__ import annotations

import inspect

import pytest

from penstock._cli.coverage import compare, facts
from penstock._cli.coverage.facts import Name
from penstock.util.exceptions import NotBuiltInError, NotInPenstockError

USE_INSTEAD = {
    "cassandra": "cassandra-driver",
    "dynamic_kafka": "KafkaSource",
    "elasticsearch": "penstock.connectors",
    "kinesis": "boto3",
    "pulsar": "penstock.connectors.python",
    "rabbitmq": "pika",
}
CONNECTORS = "pyflink.datastream.connectors."
NAMES = [
    name
    for name in facts.names()
    if name.module.removeprefix(CONNECTORS) in USE_INSTEAD and not name.path.endswith(".get_java_function")
]
METHODS = [name for name in NAMES if name.parameters is not None]


def test_everything_is_there_with_its_signature() -> None:
    assert {name.module.removeprefix(CONNECTORS) for name in NAMES} == set(USE_INSTEAD)
    differences = {name.path: compare.difference(name) for name in NAMES}
    assert [path for path, words in differences.items() if words and not words.startswith("is not built in: ")] == []
    assert {name.path: compare.parameters(compare.own(name)) for name in METHODS} == {
        name.path: name.parameters for name in METHODS
    }


@pytest.mark.parametrize("name", METHODS, ids=lambda name: name.within)
def test_every_use_raises(name: Name) -> None:
    kind, _, method = name.within.rpartition(".")
    function = compare.own(name)
    makes = method == "__init__"
    called = compare.own(Name(f"{name.module}.{kind}", name.module)) if makes else function
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is inspect.Parameter.empty]
    with pytest.raises(NotBuiltInError, match=USE_INSTEAD[name.module.removeprefix(CONNECTORS)]) as raised:
        called(*[None] * (len(needed) - makes))
    assert str(raised.value).startswith(f"{function.__qualname__.removesuffix('.__init__')} is not built in")


def test_a_script_sees_where_it_went_wrong() -> None:
    from penstock.datastream.connectors.pulsar import PulsarSource

    with pytest.raises(NotInPenstockError, match=r"PulsarSource.builder is not built in \(called at .*\). Use "):
        PulsarSource.builder()
