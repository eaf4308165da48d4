"""Cassandra: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from enum import Enum
from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.common.time import Duration

__all__ = [
    "CassandraCommitter",
    "CassandraFailureHandler",
    "CassandraSink",
    "ClusterBuilder",
    "ConsistencyLevel",
    "MapperOptions",
]

_USE_INSTEAD = "Use a sink in Python around cassandra-driver (penstock.connectors.python)."


class ConsistencyLevel(Enum):
    """How many replicas have to agree."""

    ANY = 0
    ONE = 1
    TWO = 2
    THREE = 3
    QUORUM = 4
    ALL = 5
    LOCAL_QUORUM = 6
    EACH_QUORUM = 7
    SERIAL = 8
    LOCAL_SERIAL = 9
    LOCAL_ONE = 10


@not_built_in(_USE_INSTEAD)
class MapperOptions:
    """How objects are written."""

    def __init__(self) -> None: ...

    def ttl(self, ttl: int) -> MapperOptions: ...

    def timestamp(self, timestamp: int) -> MapperOptions: ...

    def consistency_level(self, cl: ConsistencyLevel) -> MapperOptions: ...

    def tracing(self, enabled: bool) -> MapperOptions: ...

    def save_null_fields(self, enabled: bool) -> MapperOptions: ...

    def if_not_exists(self, enabled: bool) -> MapperOptions: ...


@not_built_in(_USE_INSTEAD)
class ClusterBuilder:
    """Makes the connection."""

    def __init__(self, j_cluster_builder: Any) -> None: ...


@not_built_in(_USE_INSTEAD)
class CassandraCommitter:
    """Remembers which checkpoints were written."""

    def __init__(self, j_checkpoint_committer: Any) -> None: ...

    @staticmethod
    def default_checkpoint_committer(builder: ClusterBuilder, key_space: str | None = None) -> CassandraCommitter: ...


@not_built_in(_USE_INSTEAD)
class CassandraFailureHandler:
    """What happens when writing fails."""

    def __init__(self, j_cassandra_failure_handler: Any) -> None: ...

    @staticmethod
    def no_op() -> CassandraFailureHandler: ...


@not_built_in(_USE_INSTEAD)
class CassandraSink:
    """Writes to a table."""

    def __init__(self, j_cassandra_sink: Any) -> None: ...

    def name(self, name: str) -> CassandraSink: ...

    def uid(self, uid: str) -> CassandraSink: ...

    def set_uid_hash(self, uid_hash: str) -> CassandraSink: ...

    def set_parallelism(self, parallelism: int) -> CassandraSink: ...

    def disable_chaining(self) -> CassandraSink: ...

    def slot_sharing_group(self, slot_sharing_group: str) -> CassandraSink: ...

    @staticmethod
    def add_sink(input: Any) -> CassandraSink.CassandraSinkBuilder: ...

    class CassandraSinkBuilder:
        """Makes a CassandraSink."""

        def __init__(self, j_cassandra_sink_builder: Any) -> None: ...

        def set_query(self, query: str) -> CassandraSink.CassandraSinkBuilder: ...

        def set_host(self, host: str, port: int = 9042) -> CassandraSink.CassandraSinkBuilder: ...

        def set_cluster_builder(self, builder: ClusterBuilder) -> CassandraSink.CassandraSinkBuilder: ...

        def enable_write_ahead_log(
            self, committer: CassandraCommitter | None = None
        ) -> CassandraSink.CassandraSinkBuilder: ...

        def set_mapper_options(self, options: MapperOptions) -> CassandraSink.CassandraSinkBuilder: ...

        def set_failure_handler(
            self, failure_handler: CassandraFailureHandler
        ) -> CassandraSink.CassandraSinkBuilder: ...

        def set_max_concurrent_requests(
            self, max_concurrent_requests: int, duration: Duration | None = None
        ) -> CassandraSink.CassandraSinkBuilder: ...

        def enable_ignore_null_fields(self) -> CassandraSink.CassandraSinkBuilder: ...

        def build(self) -> CassandraSink: ...
