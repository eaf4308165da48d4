"""Fixtures of the tests of the Python package; but for test_functions_in_jobs.py they need no engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from penstock._build import defaults, engine
from penstock._runtime import load
from penstock.datastream import StreamExecutionEnvironment
from python.fake_engine import FakeEngine


@pytest.fixture
def env() -> StreamExecutionEnvironment:
    """An environment of parallelism 2."""
    made = StreamExecutionEnvironment.get_execution_environment()
    made.set_parallelism(2)
    return made


@pytest.fixture
def nodes(env: StreamExecutionEnvironment) -> Callable[[], list[dict[str, Any]]]:
    """The nodes of the graph that the test has built, as the engine would get them."""
    return lambda: json.loads(env._graph().json())["nodes"]


@pytest.fixture
def functions(env: StreamExecutionEnvironment) -> Callable[[], dict[str, Any]]:
    """The functions of the graph that the test has built, as they are where they run."""
    return lambda: load(env._graph().functions)


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A stand-in for the engine."""
    fake = FakeEngine()
    monkeypatch.setattr(engine, "_native", lambda: fake)
    return fake


@pytest.fixture
def base_configuration(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the command line would hand over."""
    base: dict[str, str] = {}
    monkeypatch.setattr(defaults, "BASE_CONFIGURATION", base)
    return base
