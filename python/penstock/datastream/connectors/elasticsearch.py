"""Elasticsearch: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from enum import Enum
from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.datastream.connectors.base import DeliveryGuarantee, Sink

__all__ = [
    "Elasticsearch6SinkBuilder",
    "Elasticsearch7SinkBuilder",
    "ElasticsearchEmitter",
    "ElasticsearchSink",
    "FlushBackoffType",
]

_USE_INSTEAD = "Use a sink in Python around the elasticsearch client (penstock.connectors.python)."


class FlushBackoffType(Enum):
    """How often and after how long a failed bulk request is tried again."""

    CONSTANT = (0,)
    EXPONENTIAL = (1,)
    NONE = (2,)


@not_built_in(_USE_INSTEAD)
class ElasticsearchEmitter:
    """Makes index requests of records."""

    def __init__(self, j_emitter: Any) -> None: ...

    @staticmethod
    def static_index(index: str, key_field: str | None = None, doc_type: str | None = None) -> ElasticsearchEmitter: ...

    @staticmethod
    def dynamic_index(
        index_field: str, key_field: str | None = None, doc_type: str | None = None
    ) -> ElasticsearchEmitter: ...


@not_built_in(_USE_INSTEAD)
class ElasticsearchSinkBuilderBase:
    """What the builders for all versions of Elasticsearch have in common."""

    def __init__(self) -> None: ...

    def get_http_host_class(self) -> Any: ...

    def set_emitter(self, emitter: ElasticsearchEmitter) -> ElasticsearchSinkBuilderBase: ...

    def set_hosts(self, hosts: str | list[str]) -> ElasticsearchSinkBuilderBase: ...

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> ElasticsearchSinkBuilderBase: ...

    def set_bulk_flush_max_actions(self, num_max_actions: int) -> ElasticsearchSinkBuilderBase: ...

    def set_bulk_flush_max_size_mb(self, max_size_mb: int) -> ElasticsearchSinkBuilderBase: ...

    def set_bulk_flush_interval(self, interval_millis: int) -> ElasticsearchSinkBuilderBase: ...

    def set_bulk_flush_backoff_strategy(
        self, flush_backoff_type: FlushBackoffType, max_retries: int, delay_millis: int
    ) -> ElasticsearchSinkBuilderBase: ...

    def set_connection_username(self, username: str) -> ElasticsearchSinkBuilderBase: ...

    def set_connection_password(self, password: str) -> ElasticsearchSinkBuilderBase: ...

    def set_connection_path_prefix(self, prefix: str) -> ElasticsearchSinkBuilderBase: ...

    def set_connection_request_timeout(self, timeout: int) -> ElasticsearchSinkBuilderBase: ...

    def set_connection_timeout(self, timeout: int) -> ElasticsearchSinkBuilderBase: ...

    def set_socket_timeout(self, timeout: int) -> ElasticsearchSinkBuilderBase: ...

    def build(self) -> ElasticsearchSink: ...


@not_built_in(_USE_INSTEAD)
class Elasticsearch6SinkBuilder(ElasticsearchSinkBuilderBase):
    """Makes a sink for Elasticsearch 6."""

    def __init__(self) -> None: ...

    def get_http_host_class(self) -> Any: ...


@not_built_in(_USE_INSTEAD)
class Elasticsearch7SinkBuilder(ElasticsearchSinkBuilderBase):
    """Makes a sink for Elasticsearch 7."""

    def __init__(self) -> None: ...

    def get_http_host_class(self) -> Any: ...


@not_built_in(_USE_INSTEAD)
class ElasticsearchSink(Sink):
    """Writes to Elasticsearch."""

    def __init__(self, j_elasticsearch_sink: Any) -> None: ...
