"""Pulsar: not built in. Using a class raises NotBuiltInError, which says what to use instead."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from enum import Enum
from typing import Any

from penstock._build.not_built_in import not_built_in
from penstock.common.config_options import ConfigOption
from penstock.common.serialization import DeserializationSchema, SerializationSchema
from penstock.common.time import Duration
from penstock.datastream.connectors.base import DeliveryGuarantee, Sink, Source

__all__ = [
    "MessageDelayer",
    "PulsarSink",
    "PulsarSinkBuilder",
    "PulsarSource",
    "PulsarSourceBuilder",
    "RangeGenerator",
    "StartCursor",
    "StopCursor",
    "TopicRoutingMode",
]

_USE_INSTEAD = (
    "Use Pulsar's Kafka protocol handler with KafkaSource and KafkaSink, or a source in Python around the pulsar "
    "client (penstock.connectors.python)."
)


@not_built_in(_USE_INSTEAD)
class StartCursor:
    """Where a source begins to read."""

    def __init__(self, _j_start_cursor: Any) -> None: ...

    @staticmethod
    def default_start_cursor() -> StartCursor: ...

    @staticmethod
    def earliest() -> StartCursor: ...

    @staticmethod
    def latest() -> StartCursor: ...

    @staticmethod
    def from_message_id(message_id: bytes, inclusive: bool = True) -> StartCursor: ...

    @staticmethod
    def from_publish_time(timestamp: int) -> StartCursor: ...


@not_built_in(_USE_INSTEAD)
class StopCursor:
    """Where a source stops to read."""

    def __init__(self, _j_stop_cursor: Any) -> None: ...

    @staticmethod
    def default_stop_cursor() -> StopCursor: ...

    @staticmethod
    def never() -> StopCursor: ...

    @staticmethod
    def latest() -> StopCursor: ...

    @staticmethod
    def at_event_time(timestamp: int) -> StopCursor: ...

    @staticmethod
    def after_event_time(timestamp: int) -> StopCursor: ...

    @staticmethod
    def at_publish_time(timestamp: int) -> StopCursor: ...

    @staticmethod
    def after_publish_time(timestamp: int) -> StopCursor: ...

    @staticmethod
    def at_message_id(message_id: bytes) -> StopCursor: ...

    @staticmethod
    def after_message_id(message_id: bytes) -> StopCursor: ...


@not_built_in(_USE_INSTEAD)
class RangeGenerator:
    """Which keys a Key_Shared subscription reads."""

    def __init__(self, j_range_generator: Any) -> None: ...

    @staticmethod
    def full() -> RangeGenerator: ...

    @staticmethod
    def fixed_key(
        support_null_key: bool = False,
        keys: str | list[str] | None = None,
        key_bytes: bytes | None = None,
        ordering_key_bytes: bytes | None = None,
    ) -> RangeGenerator: ...


@not_built_in(_USE_INSTEAD)
class PulsarSource(Source):
    """Reads topics."""

    def __init__(self, j_pulsar_source: Any) -> None: ...

    @staticmethod
    def builder() -> PulsarSourceBuilder: ...


@not_built_in(_USE_INSTEAD)
class PulsarSourceBuilder:
    """Makes a PulsarSource."""

    def __init__(self) -> None: ...

    def set_admin_url(self, admin_url: str) -> PulsarSourceBuilder: ...

    def set_service_url(self, service_url: str) -> PulsarSourceBuilder: ...

    def set_subscription_name(self, subscription_name: str) -> PulsarSourceBuilder: ...

    def set_topics(self, topics: str | list[str]) -> PulsarSourceBuilder: ...

    def set_topic_pattern(self, topic_pattern: str) -> PulsarSourceBuilder: ...

    def set_consumer_name(self, consumer_name: str) -> PulsarSourceBuilder: ...

    def set_range_generator(self, range_generator: RangeGenerator) -> PulsarSourceBuilder: ...

    def set_start_cursor(self, start_cursor: StartCursor) -> PulsarSourceBuilder: ...

    def set_unbounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder: ...

    def set_bounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder: ...

    def set_deserialization_schema(self, deserialization_schema: DeserializationSchema) -> PulsarSourceBuilder: ...

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSourceBuilder: ...

    def set_config(self, key: str | ConfigOption[Any], value: Any) -> PulsarSourceBuilder: ...

    def set_config_with_dict(self, config: dict[Any, Any]) -> PulsarSourceBuilder: ...

    def set_properties(self, config: dict[Any, Any]) -> PulsarSourceBuilder: ...

    def build(self) -> PulsarSource: ...


class TopicRoutingMode(Enum):
    """Which partition a record goes to."""

    ROUND_ROBIN = 0
    MESSAGE_KEY_HASH = 1
    CUSTOM = 2


@not_built_in(_USE_INSTEAD)
class MessageDelayer:
    """How long a message stays hidden."""

    def __init__(self, _j_message_delayer: Any) -> None: ...

    @staticmethod
    def never() -> MessageDelayer: ...

    @staticmethod
    def fixed(duration: Duration) -> MessageDelayer: ...


@not_built_in(_USE_INSTEAD)
class PulsarSink(Sink):
    """Writes to topics."""

    def __init__(self, j_pulsar_sink: Any) -> None: ...

    @staticmethod
    def builder() -> PulsarSinkBuilder: ...


@not_built_in(_USE_INSTEAD)
class PulsarSinkBuilder:
    """Makes a PulsarSink."""

    def __init__(self) -> None: ...

    def set_admin_url(self, admin_url: str) -> PulsarSinkBuilder: ...

    def set_service_url(self, service_url: str) -> PulsarSinkBuilder: ...

    def set_producer_name(self, producer_name: str) -> PulsarSinkBuilder: ...

    def set_topics(self, topics: str | list[str]) -> PulsarSinkBuilder: ...

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> PulsarSinkBuilder: ...

    def set_topic_routing_mode(self, topic_routing_mode: TopicRoutingMode) -> PulsarSinkBuilder: ...

    def set_topic_router(self, topic_router_class_name: str) -> PulsarSinkBuilder: ...

    def set_serialization_schema(self, serialization_schema: SerializationSchema) -> PulsarSinkBuilder: ...

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSinkBuilder: ...

    def delay_sending_message(self, message_delayer: MessageDelayer) -> PulsarSinkBuilder: ...

    def set_config(self, key: str, value: Any) -> PulsarSinkBuilder: ...

    def set_properties(self, config: dict[Any, Any]) -> PulsarSinkBuilder: ...

    def build(self) -> PulsarSink: ...
