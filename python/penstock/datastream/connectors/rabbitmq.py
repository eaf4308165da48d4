"""RabbitMQ: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.datastream.functions import SinkFunction, SourceFunction

__all__ = [
    "RMQConnectionConfig",
    "RMQSink",
    "RMQSource",
]

_USE_INSTEAD = "Use a source or sink in Python around pika (penstock.connectors.python)."


@not_built_in(_USE_INSTEAD)
class RMQConnectionConfig:
    """Where the broker is."""

    def __init__(self, j_rmq_connection_config: Any) -> None: ...

    def get_host(self) -> str: ...

    def get_port(self) -> int: ...

    def get_virtual_host(self) -> str: ...

    def get_user_name(self) -> str: ...

    def get_password(self) -> str: ...

    def get_uri(self) -> str: ...

    def get_network_recovery_interval(self) -> int: ...

    def is_automatic_recovery(self) -> bool: ...

    def is_topology_recovery(self) -> bool: ...

    def get_connection_timeout(self) -> int: ...

    def get_requested_channel_max(self) -> int: ...

    def get_requested_frame_max(self) -> int: ...

    def get_requested_heartbeat(self) -> int: ...

    class Builder:
        """Makes a RMQConnectionConfig."""

        def __init__(self) -> None: ...

        def set_port(self, port: int) -> RMQConnectionConfig.Builder: ...

        def set_host(self, host: str) -> RMQConnectionConfig.Builder: ...

        def set_virtual_host(self, vhost: str) -> RMQConnectionConfig.Builder: ...

        def set_user_name(self, user_name: str) -> RMQConnectionConfig.Builder: ...

        def set_password(self, password: str) -> RMQConnectionConfig.Builder: ...

        def set_uri(self, uri: str) -> RMQConnectionConfig.Builder: ...

        def set_topology_recovery_enabled(self, topology_recovery_enabled: bool) -> RMQConnectionConfig.Builder: ...

        def set_requested_heartbeat(self, requested_heartbeat: int) -> RMQConnectionConfig.Builder: ...

        def set_requested_frame_max(self, requested_frame_max: int) -> RMQConnectionConfig.Builder: ...

        def set_requested_channel_max(self, requested_channel_max: int) -> RMQConnectionConfig.Builder: ...

        def set_network_recovery_interval(self, network_recovery_interval: int) -> RMQConnectionConfig.Builder: ...

        def set_connection_timeout(self, connection_timeout: int) -> RMQConnectionConfig.Builder: ...

        def set_automatic_recovery(self, automatic_recovery: bool) -> RMQConnectionConfig.Builder: ...

        def set_prefetch_count(self, prefetch_count: int) -> RMQConnectionConfig.Builder: ...

        def build(self) -> RMQConnectionConfig: ...


@not_built_in(_USE_INSTEAD)
class RMQSource(SourceFunction):
    """Reads a queue."""

    def __init__(
        self,
        connection_config: RMQConnectionConfig,
        queue_name: str,
        use_correlation_id: bool,
        deserialization_schema: DeserializationSchema,
    ) -> None: ...


@not_built_in(_USE_INSTEAD)
class RMQSink(SinkFunction):
    """Writes to a queue."""

    def __init__(
        self, connection_config: RMQConnectionConfig, queue_name: str, serialization_schema: SerializationSchema
    ) -> None: ...
