"""Writing to Kafka."""

from __future__ import annotations

from enum import Enum

from penstock._build.operators import SinkOperator
from penstock.datastream.connectors.base import DeliveryGuarantee, Sink, StreamTransformer, SupportsPreprocessing
from penstock.datastream.connectors.kafka.record import KafkaRecordSerializationSchema

_MAX_PREFIX_BYTES = 64_000

GUARANTEES = {
    DeliveryGuarantee.NONE: "none",
    DeliveryGuarantee.AT_LEAST_ONCE: "at-least-once",
    DeliveryGuarantee.EXACTLY_ONCE: "exactly-once",
}


class TransactionNamingStrategy(Enum):
    """How a KafkaSink names its transactions with EXACTLY_ONCE. It may change between two runs, as the prefix may."""

    INCREMENTING = "incrementing"
    """A new name for each checkpoint: the default."""
    POOLING = "pooling"
    """Names of transactions that are over are used again, which leaves brokers less to remember. Needs Kafka 3.0."""


class KafkaSink(Sink, SupportsPreprocessing):
    """Writes to Kafka; made by `KafkaSink.builder()`. `j_kafka_sink` is the sink as an operator."""

    def __init__(self, j_kafka_sink: SinkOperator, transformer: StreamTransformer | None = None) -> None:
        super().__init__(j_kafka_sink)
        self._operator = j_kafka_sink
        self._transformer = transformer

    @staticmethod
    def builder() -> KafkaSinkBuilder:
        """Begin a sink."""
        return KafkaSinkBuilder()

    def get_transformer(self) -> StreamTransformer | None:
        """None: streams need no preparation."""
        return self._transformer

    def _sink_operator(self) -> SinkOperator:
        return self._operator


class KafkaSinkBuilder:
    """Makes a KafkaSink. Brokers and a record serializer are needed, for EXACTLY_ONCE a prefix of transaction ids too.

    The delivery guarantee is NONE by default.
    """

    def __init__(self) -> None:
        self._properties: dict[str, str] = {}
        self._guarantee = DeliveryGuarantee.NONE
        self._prefix: str | None = None
        self._naming = TransactionNamingStrategy.INCREMENTING
        self._serializer: KafkaRecordSerializationSchema | None = None

    def build(self) -> KafkaSink:
        """The sink. Raises ValueError naming what is missing."""
        servers = self._properties.get("bootstrap.servers")
        if not servers:
            raise ValueError("KafkaSink needs brokers: call set_bootstrap_servers('host:port')")
        if self._serializer is None:
            raise ValueError("KafkaSink needs a serializer: call set_record_serializer(...)")
        if self._guarantee is DeliveryGuarantee.EXACTLY_ONCE and not self._prefix:
            raise ValueError(
                "KafkaSink with DeliveryGuarantee.EXACTLY_ONCE needs a prefix for its transactions, another one for "
                "each job: call set_transactional_id_prefix('my-job')"
            )
        codec = self._serializer._record_codec
        options = {
            "properties": self._properties,
            "bootstrap_servers": servers,
            "delivery_guarantee": GUARANTEES[self._guarantee],
            "transactional_id_prefix": self._prefix,
            "transaction_naming": self._naming.value,
            "topic": codec.topic,
        }
        return KafkaSink(SinkOperator("kafka", options, codec))

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSinkBuilder:
        """The brokers: `host:port,host:port`."""
        return self.set_property("bootstrap.servers", bootstrap_servers)

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> KafkaSinkBuilder:
        """What the sink promises when the job fails and restarts."""
        if not isinstance(delivery_guarantee, DeliveryGuarantee):
            raise TypeError(f"set_delivery_guarantee takes a DeliveryGuarantee, not {delivery_guarantee!r}")
        self._guarantee = delivery_guarantee
        return self

    def set_transactional_id_prefix(self, transactional_id_prefix: str) -> KafkaSinkBuilder:
        """What the ids of the transactions begin with: at most 64,000 bytes, another one for each job."""
        size = len(transactional_id_prefix.encode())
        if size > _MAX_PREFIX_BYTES:
            raise ValueError(f"a prefix of transactional ids has at most {_MAX_PREFIX_BYTES} bytes, not {size}")
        self._prefix = transactional_id_prefix
        return self

    def set_transaction_naming_strategy(
        self, transaction_naming_strategy: TransactionNamingStrategy
    ) -> KafkaSinkBuilder:
        """How transactions are named: INCREMENTING by default."""
        if not isinstance(transaction_naming_strategy, TransactionNamingStrategy):
            raise TypeError(
                "set_transaction_naming_strategy takes a TransactionNamingStrategy, "
                f"not {transaction_naming_strategy!r}"
            )
        self._naming = transaction_naming_strategy
        return self

    def set_record_serializer(self, record_serializer: KafkaRecordSerializationSchema) -> KafkaSinkBuilder:
        """How records become Kafka's records."""
        if not isinstance(record_serializer, KafkaRecordSerializationSchema):
            raise TypeError(f"set_record_serializer takes a KafkaRecordSerializationSchema, not {record_serializer!r}")
        self._serializer = record_serializer
        return self

    def set_property(self, key: str, value: str) -> KafkaSinkBuilder:
        """A property of the Kafka client."""
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"a property of Kafka is a pair of str, not {key!r}: {value!r}")
        self._properties[key] = value
        return self
