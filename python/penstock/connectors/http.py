"""HTTP: records are posted to a server in batches.

    sink = (
        HttpSink.builder()
        .set_url("https://collector.example/events")
        .set_header("Authorization", f"Bearer {os.environ['TOKEN']}")
        .set_serialization_schema(JsonRowSerializationSchema.builder().with_type_info(row_type).build())
        .build()
    )
    events.sink_to(sink)

Without a schema a record is written as JSON: a Row by its field names, everything else as `json.dumps` has it.

What is promised: each record is in at least one request that was answered with 2xx before the checkpoint behind it is
complete. After a failure, records since the last checkpoint are sent again, so put an id into them if the server has to
tell. Requests without an answer, and 408, 425, 429 and 5xx, are tried again, after `Retry-After` if the server says so;
any other answer ends the job with it. While the server is slow, the job waits.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from penstock._build.codecs import schema_codec
from penstock._build.operators import SinkOperator
from penstock._runtime.json_values import JsonValues
from penstock.common.serialization import SerializationSchema
from penstock.datastream.connectors.base import Sink

__all__ = ["BatchFormat", "HttpSink", "HttpSinkBuilder"]


class BatchFormat(Enum):
    """How the records of a batch become the body of a request."""

    JSON_ARRAY = "json_array"
    """`[a,b,c]`: the schema has to write JSON."""
    LINES = "lines"
    """Each record in a line."""
    SINGLE = "single"
    """One record for each request, as it is."""


class HttpSink(Sink):
    """Posts records; made by `HttpSink.builder()`."""

    def __init__(self, operator: SinkOperator) -> None:
        super().__init__(None)
        self._operator = operator

    @staticmethod
    def builder() -> HttpSinkBuilder:
        """Begin a sink."""
        return HttpSinkBuilder()

    def _sink_operator(self) -> SinkOperator:
        return self._operator


class HttpSinkBuilder:
    """Makes a HttpSink. A URL is needed."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {
            "method": "POST",
            "headers": [],
            "format": BatchFormat.JSON_ARRAY.value,
            "batch_size": 100,
            "max_batch_bytes": 1 << 20,
            "batch_interval_ms": 1000,
            "max_in_flight": 1,
            "max_retries": 8,
            "request_timeout_ms": 30_000,
        }
        self._schema: SerializationSchema = JsonValues()

    def build(self) -> HttpSink:
        """The sink. Raises ValueError without a URL."""
        if "url" not in self._options:
            raise ValueError("HttpSink needs a URL: call set_url('https://host/path')")
        return HttpSink(SinkOperator("http", dict(self._options), schema_codec(self._schema, "the schema of HttpSink")))

    def set_url(self, url: str) -> HttpSinkBuilder:
        """Where requests go: `https://host/path` or `http://…`."""
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ValueError(f"HttpSink: the URL begins with http:// or https://, and this is {url!r}")
        self._options["url"] = url
        return self

    def set_method(self, method: str) -> HttpSinkBuilder:
        """POST (the default), PUT or PATCH."""
        if method not in ("POST", "PUT", "PATCH"):
            raise ValueError(f"HttpSink sends POST, PUT or PATCH, not {method!r}")
        self._options["method"] = method
        return self

    def set_header(self, name: str, value: str) -> HttpSinkBuilder:
        """A header of every request. Its value is not shown in logs."""
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("HttpSink.set_header takes a name and a value, both str")
        self._options["headers"] = [*self._options["headers"], [name, value]]
        return self

    def set_serialization_schema(self, serialization_schema: SerializationSchema) -> HttpSinkBuilder:
        """How a record becomes bytes."""
        if not isinstance(serialization_schema, SerializationSchema):
            raise TypeError(f"HttpSink takes a SerializationSchema, not {serialization_schema!r}")
        self._schema = serialization_schema
        return self

    def set_batch_format(self, batch_format: BatchFormat) -> HttpSinkBuilder:
        """How a batch becomes a body: JSON_ARRAY by default. `Content-Type` follows, unless a header says it."""
        self._options["format"] = BatchFormat(batch_format).value
        return self

    def set_batch_size(self, batch_size: int) -> HttpSinkBuilder:
        """How many records a request has: 100 by default."""
        return self._number("batch_size", batch_size, 1)

    def set_max_batch_bytes(self, max_batch_bytes: int) -> HttpSinkBuilder:
        """After how many bytes a request is sent: 1 MiB by default."""
        return self._number("max_batch_bytes", max_batch_bytes, 1)

    def set_batch_interval_ms(self, batch_interval_ms: int) -> HttpSinkBuilder:
        """How long a record waits for others: 1000 by default; 0 is until a batch is full or a checkpoint comes."""
        return self._number("batch_interval_ms", batch_interval_ms, 0)

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> HttpSinkBuilder:
        """How many requests are under way at once: 1 by default, which keeps the order of records."""
        return self._number("max_in_flight", max_in_flight_requests, 1)

    def set_max_retries(self, max_retries: int) -> HttpSinkBuilder:
        """How often a request is tried again, later and later: 8 by default, which takes up to 50 seconds."""
        return self._number("max_retries", max_retries, 0)

    def set_request_timeout_ms(self, request_timeout_ms: int) -> HttpSinkBuilder:
        """How long an answer may take: 30 000 by default."""
        return self._number("request_timeout_ms", request_timeout_ms, 1)

    def _number(self, option: str, value: int, least: int) -> HttpSinkBuilder:
        if not isinstance(value, int) or value < least:
            raise ValueError(f"HttpSink: {option} is a number of at least {least}, not {value!r}")
        self._options[option] = value
        return self
