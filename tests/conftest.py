"""Fixtures that every suite shares: the real services, and the time table at the end of a run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_trace.plugin import ApiTrace
from services import KafkaBroker, PostgresServer, RedisServer, S3Server, SchemaRegistryServer
from services.missing import end_for_lack_of
from services.process import Service
from time_table import SuiteTimes

TESTS = Path(__file__).resolve().parent


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SuiteTimes(TESTS), "suite-times")
    config.pluginmanager.register(ApiTrace(write="API_TRACE_WRITE" in os.environ), "api-trace")
    # What a shell starts in its background ignores Ctrl-C, and the jobs of the tests would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _running(service: Service) -> Iterator[Service]:
    reason = service.lacking()
    if reason is not None:
        end_for_lack_of(reason)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A `services.KafkaBroker` for the whole run: let each test use topics and transactional ids of its own."""
    yield from _running(KafkaBroker(tmp_path_factory.mktemp("kafka")))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A `services.S3Server` for the whole run: let each test use buckets of its own."""
    yield from _running(S3Server(tmp_path_factory.mktemp("s3")))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A `services.PostgresServer` for the whole run: let each test use tables and prefixes of its own."""
    yield from _running(PostgresServer(tmp_path_factory.mktemp("postgres")))


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A `services.RedisServer` for the whole run: let each test use keys of its own."""
    yield from _running(RedisServer(tmp_path_factory.mktemp("redis")))


@pytest.fixture(scope="session")
def schema_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A `services.SchemaRegistryServer` for the whole run: let each test use subjects of its own."""
    yield from _running(SchemaRegistryServer(tmp_path_factory.mktemp("schema-registry")))
