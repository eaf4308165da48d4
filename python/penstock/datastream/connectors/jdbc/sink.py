"""Writing to databases by the names of JDBC; see `penstock.datastream.connectors.jdbc`."""

from __future__ import annotations

from typing import Any

from penstock._build.operators import SinkOperator
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.connectors.postgres import sink_operator
from penstock.datastream.functions import SinkFunction
from penstock.util.exceptions import NotInPenstockError

_POSTGRES = "jdbc:postgresql:"


class JdbcSink(SinkFunction):
    """Executes a statement for each record; made by `JdbcSink.sink` and given to `stream.add_sink`."""

    def __init__(self, j_jdbc_sink: SinkOperator) -> None:
        super().__init__(j_jdbc_sink)
        self._operator = j_jdbc_sink

    @staticmethod
    def sink(
        sql: str,
        type_info: TypeInformation,
        jdbc_connection_options: JdbcConnectionOptions,
        jdbc_execution_options: JdbcExecutionOptions | None = None,
    ) -> JdbcSink:
        """A sink for rows, with a `?` in the statement for each of their fields.

        Raises NotInPenstockError for databases other than PostgreSQL.
        """
        if not isinstance(type_info, TypeInformation):
            raise TypeError(f"JdbcSink.sink takes the type of the rows, such as Types.ROW([...]), not {type_info!r}")
        execution = jdbc_execution_options or JdbcExecutionOptions.defaults()
        options = {
            **jdbc_connection_options._options,
            "statement": sql,
            "batch_size": execution.get_batch_size(),
            "batch_interval_ms": execution.get_batch_interval_ms(),
            "max_retries": execution.get_max_retries(),
        }
        return JdbcSink(sink_operator(options, None))

    def _sink_operator(self) -> SinkOperator:
        return self._operator


class JdbcConnectionOptions:
    """Where the database is; made by `JdbcConnectionOptions.JdbcConnectionOptionsBuilder()`."""

    def __init__(self, j_jdbc_connection_options: dict[str, Any]) -> None:
        self._options = {key: value for key, value in j_jdbc_connection_options.items() if key != "driver"}
        self._driver = j_jdbc_connection_options.get("driver")

    def get_db_url(self) -> str:
        """The URL."""
        return str(self._options["url"])

    def get_driver_name(self) -> str | None:
        """The driver's class as it was given; Penstock needs none."""
        return self._driver

    def get_user_name(self) -> str | None:
        """Who connects."""
        return self._options.get("user")

    def get_password(self) -> str | None:
        """That user's password."""
        return self._options.get("password")

    class JdbcConnectionOptionsBuilder:
        """Makes JdbcConnectionOptions. A URL is needed."""

        def __init__(self) -> None:
            self._options: dict[str, Any] = {}

        def with_url(self, url: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The database. Raises NotInPenstockError for others than PostgreSQL."""
            if not url.startswith(_POSTGRES):
                raise NotInPenstockError(
                    f"JDBC for {':'.join(url.split(':')[:2])!r}",
                    "PostgreSQL is there: jdbc:postgresql://host:5432/database",
                )
            self._options["url"] = url
            return self

        def with_driver_name(self, driver_name: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """Accepted: the client is built in."""
            self._options["driver"] = driver_name
            return self

        def with_user_name(self, user_name: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """Who connects."""
            self._options["user"] = user_name
            return self

        def with_password(self, password: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """That user's password."""
            self._options["password"] = password
            return self

        def build(self) -> JdbcConnectionOptions:
            """The options. Raises ValueError without a URL."""
            if "url" not in self._options:
                raise ValueError(
                    "JdbcConnectionOptions needs a URL: call with_url('jdbc:postgresql://host:5432/database')"
                )
            return JdbcConnectionOptions(self._options)


class JdbcExecutionOptions:
    """How records are gathered; made by `JdbcExecutionOptions.builder()`."""

    def __init__(self, j_jdbc_execution_options: dict[str, int]) -> None:
        self._options = j_jdbc_execution_options

    def get_batch_interval_ms(self) -> int:
        """How long a record waits for others; 0 is until a batch is full or a checkpoint comes."""
        return self._options["batch_interval_ms"]

    def get_batch_size(self) -> int:
        """How many records are written together."""
        return self._options["batch_size"]

    def get_max_retries(self) -> int:
        """How often a batch is tried again."""
        return self._options["max_retries"]

    @staticmethod
    def defaults() -> JdbcExecutionOptions:
        """Flink's defaults."""
        return JdbcExecutionOptions.builder().build()

    @staticmethod
    def builder() -> JdbcExecutionOptions.Builder:
        """Begin options."""
        return JdbcExecutionOptions.Builder()

    class Builder:
        """Makes JdbcExecutionOptions."""

        def __init__(self) -> None:
            self._options = {"batch_size": 5000, "batch_interval_ms": 0, "max_retries": 3}

        def with_batch_size(self, size: int) -> JdbcExecutionOptions.Builder:
            """How many records are written together: 5000 by default."""
            return self._set("batch_size", size, 1)

        def with_batch_interval_ms(self, interval_ms: int) -> JdbcExecutionOptions.Builder:
            """How long a record waits for others in milliseconds: 0 by default."""
            return self._set("batch_interval_ms", interval_ms, 0)

        def with_max_retries(self, max_retries: int) -> JdbcExecutionOptions.Builder:
            """How often a batch is tried again: 3 by default."""
            return self._set("max_retries", max_retries, 0)

        def build(self) -> JdbcExecutionOptions:
            """The options."""
            return JdbcExecutionOptions(dict(self._options))

        def _set(self, option: str, value: int, least: int) -> JdbcExecutionOptions.Builder:
            if not isinstance(value, int) or value < least:
                raise ValueError(f"JdbcExecutionOptions: {option} is a number of at least {least}, not {value!r}")
            self._options[option] = value
            return self
