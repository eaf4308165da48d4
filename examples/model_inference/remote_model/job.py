"""Asks a model server about every line of a CSV file: CSV → HTTP → Kafka.

    penstock run job.py flowers.csv http://127.0.0.1:8000 BROKERS

A hundred requests are on their way at a time. When the server slows down, so does the reading. A request that fails is
tried again; while the server is away, a circuit breaker holds all requests back; what has no answer in time comes out
without a score.
"""

import asyncio
import csv
import json
import sys
import time

import aiohttp
from pyflink.common import Row, SimpleStringSchema, Time, Types, WatermarkStrategy
from pyflink.datastream import AsyncDataStream, AsyncFunction, DataStream, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.async_retry_strategies import FixedDelayRetryStrategy
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat
from pyflink.datastream.connectors.kafka import KafkaRecordSerializationSchema, KafkaSink

CAPACITY = 100


class CircuitBreaker:
    """After some failures in a row nobody asks for a while, and then one does."""

    def __init__(self, failures: int, rest_seconds: float) -> None:
        self.allowed, self.rest_seconds = failures, rest_seconds
        self.failures, self.closed_at = 0, 0.0

    async def wait(self) -> None:
        """Return when asking makes sense."""
        while (left := self.closed_at - time.monotonic()) > 0:
            await asyncio.sleep(left)
        if self.failures >= self.allowed:
            # The others wait for the answer to this one.
            self.closed_at = time.monotonic() + self.rest_seconds

    def succeeded(self) -> None:
        self.failures, self.closed_at = 0, 0.0

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= self.allowed:
            self.closed_at = time.monotonic() + self.rest_seconds


class Predict(AsyncFunction):
    """Adds a score to each flower."""

    def __init__(self, server: str) -> None:
        self.server = server

    def open(self, runtime_context: RuntimeContext) -> None:
        self.client = None
        self.breaker = CircuitBreaker(failures=5, rest_seconds=0.5)

    async def async_invoke(self, value: Row) -> list:
        if self.client is None:
            # One pool of connections, which belongs to the loop that runs this.
            pool = aiohttp.TCPConnector(limit=CAPACITY)
            self.client = aiohttp.ClientSession(self.server, connector=pool, raise_for_status=True)
        await self.breaker.wait()
        try:
            async with self.client.post("/predict", json={"features": list(value)[1:]}) as answer:
                found = await answer.json()
        except aiohttp.ClientError:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return [json.dumps({"id": value[0], **found})]

    def timeout(self, value: Row) -> list:
        return [json.dumps({"id": value[0], "score": None, "model": None})]


def parsed(line: str) -> Row:
    """A flower's number and features."""
    (row,) = csv.reader([line])
    return Row(int(row[0]), *map(float, row[1:]))


def flowers(env: StreamExecutionEnvironment, path: str) -> DataStream:
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), path).build()
    features = [Types.DOUBLE()] * 4
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "flowers").map(
        parsed, Types.ROW([Types.LONG(), *features])
    )


def main(path: str, server: str, brokers: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.enable_checkpointing(1_000)
    again = FixedDelayRetryStrategy(50, 200, None, lambda error: isinstance(error, aiohttp.ClientError))
    scored = AsyncDataStream.unordered_wait_with_retry(
        flowers(env, path), Predict(server), Time.seconds(30), again, CAPACITY, Types.STRING()
    )
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic("scores")
            .set_value_serialization_schema(SimpleStringSchema())
            .build()
        )
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix("remote-model")
        .build()
    )
    scored.sink_to(sink)
    env.execute("remote-model")


if __name__ == "__main__":
    main(*sys.argv[1:])
