"""PostgreSQL.

    sink = (
        PostgresSink.builder()
        .set_url("postgresql://localhost:5432/shop")
        .set_user("me")
        .set_password(os.environ["PGPASSWORD"])
        .set_table("totals")
        .set_columns("customer", "total")
        .set_key_columns("customer")
        .build()
    )
    totals.sink_to(sink)

A record is a Row, a tuple or a list with a field for each column, or a dict by the columns' names.

What is promised:

- With key columns (an upsert) a record replaces the row that has its key. Writing it again changes nothing: after a
  failure, once the job has caught up, the table is as if there had been none. In between, rows may go back.
- Without key columns (append), AT_LEAST_ONCE: records since the last checkpoint are written again after a failure.
- EXACTLY_ONCE, with or without keys: all records between two checkpoints are one transaction, which is prepared
  (`PREPARE TRANSACTION`) before the checkpoint, and committed when it is complete, by the next run if need be. Rows
  become visible with each checkpoint. The server has to allow it: `max_prepared_transactions` of at least twice the
  sink's parallelism; PostgreSQL's default is 0, which means never. Until the job comes back, a prepared transaction
  keeps its locks and keeps old rows from being cleaned up: end those of a job that never will with `ROLLBACK PREPARED`.

PyFlink has this as `pyflink.datastream.connectors.jdbc.JdbcSink`, which is here too.
"""

from __future__ import annotations

from typing import Any

from penstock._build.codecs import SchemaCodec
from penstock._build.functions import pickled
from penstock._build.operators import SinkOperator
from penstock._runtime.column_texts import ColumnTexts
from penstock.datastream.connectors.base import DeliveryGuarantee, Sink

__all__ = ["PostgresSink", "PostgresSinkBuilder"]

_GUARANTEES = {DeliveryGuarantee.AT_LEAST_ONCE: "at-least-once", DeliveryGuarantee.EXACTLY_ONCE: "exactly-once"}


class PostgresSink(Sink):
    """Writes to a table; made by `PostgresSink.builder()`."""

    def __init__(self, operator: SinkOperator) -> None:
        super().__init__(operator)
        self._operator = operator

    @staticmethod
    def builder() -> PostgresSinkBuilder:
        """Begin a sink."""
        return PostgresSinkBuilder()

    def _sink_operator(self) -> SinkOperator:
        return self._operator


class PostgresSinkBuilder:
    """Makes a PostgresSink. A URL, a table and its columns are needed."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {"columns": [], "key": [], "delivery_guarantee": "at-least-once"}

    def build(self) -> PostgresSink:
        """The sink. Raises ValueError naming what is missing."""
        for option, method in (
            ("url", "set_url('postgresql://host/database')"),
            ("table", "set_table('name')"),
            ("columns", "set_columns('a', 'b')"),
        ):
            if not self._options.get(option):
                raise ValueError(f"PostgresSink needs its {option}: call {method}")
        columns = self._options["columns"]
        unknown = [column for column in self._options["key"] if column not in columns]
        if unknown:
            raise ValueError(f"PostgresSink: the key column {unknown[0]!r} is not among the columns {columns}")
        exactly_once = self._options["delivery_guarantee"] == "exactly-once"
        if exactly_once and not self._options.get("transactional_id_prefix"):
            raise ValueError(
                "PostgresSink with DeliveryGuarantee.EXACTLY_ONCE needs a prefix for its transactions, another one for "
                "each job: call set_transactional_id_prefix('my-job')"
            )
        return PostgresSink(sink_operator(dict(self._options), columns))

    def set_url(self, url: str) -> PostgresSinkBuilder:
        """The database: `postgresql://host:port/name?sslmode=verify-full`, or the same after `jdbc:`."""
        return self._set("url", url, str)

    def set_user(self, user: str) -> PostgresSinkBuilder:
        """Who writes, unless the URL says so."""
        return self._set("user", user, str)

    def set_password(self, password: str) -> PostgresSinkBuilder:
        """The user's password, unless the URL has it."""
        return self._set("password", password, str)

    def set_table(self, table: str) -> PostgresSinkBuilder:
        """The table, with its schema where it has one: `schema.table`."""
        return self._set("table", table, str)

    def set_columns(self, *columns: str) -> PostgresSinkBuilder:
        """The columns that a record's fields go to, in order."""
        return self._set("columns", list(columns), list)

    def set_key_columns(self, *columns: str) -> PostgresSinkBuilder:
        """The columns of a primary key or unique index: a record replaces the row that has its key."""
        return self._set("key", list(columns), list)

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> PostgresSinkBuilder:
        """AT_LEAST_ONCE (the default) or EXACTLY_ONCE."""
        if delivery_guarantee not in _GUARANTEES:
            raise ValueError(f"PostgresSink promises AT_LEAST_ONCE or EXACTLY_ONCE, not {delivery_guarantee!r}")
        return self._set("delivery_guarantee", _GUARANTEES[delivery_guarantee], str)

    def set_transactional_id_prefix(self, transactional_id_prefix: str) -> PostgresSinkBuilder:
        """What the names of prepared transactions begin with: at most 150 bytes, another one for each job."""
        return self._set("transactional_id_prefix", transactional_id_prefix, str)

    def set_batch_size(self, batch_size: int) -> PostgresSinkBuilder:
        """How many records are written together: 1000 by default."""
        return self._set("batch_size", _at_least(batch_size, 1, "batch_size"), int)

    def set_batch_interval_ms(self, batch_interval_ms: int) -> PostgresSinkBuilder:
        """How long a record waits for others: 1000 by default; 0 is until a batch is full or a checkpoint comes."""
        return self._set("batch_interval_ms", _at_least(batch_interval_ms, 0, "batch_interval_ms"), int)

    def set_max_retries(self, max_retries: int) -> PostgresSinkBuilder:
        """How often a batch is written again over a new connection, with AT_LEAST_ONCE: 3 by default."""
        return self._set("max_retries", _at_least(max_retries, 0, "max_retries"), int)

    def _set(self, option: str, value: Any, kind: type) -> PostgresSinkBuilder:
        if not isinstance(value, kind) or (
            isinstance(value, list) and not all(isinstance(item, str) for item in value)
        ):
            raise TypeError(
                f"PostgresSink: {option} has to be {'str' if kind is list else kind.__name__}, not {value!r}"
            )
        self._options[option] = value
        return self


def _at_least(value: int, least: int, option: str) -> int:
    if isinstance(value, int) and value < least:
        raise ValueError(f"PostgresSink: {option} is at least {least}, not {value}")
    return value


def sink_operator(options: dict[str, Any], columns: list[str] | None) -> SinkOperator:
    """The operator of a PostgreSQL sink."""
    schema = pickled(ColumnTexts(columns), "the records of a PostgreSQL sink")
    return SinkOperator("postgres", options, SchemaCodec("function", schema))
