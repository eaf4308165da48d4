"""Reading from databases by the names of JDBC; see `penstock.datastream.connectors.jdbc`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from penstock._build.codecs import schema_codec
from penstock._build.operators import SourceOperator
from penstock._runtime.column_texts import text_of
from penstock.common.typeinfo import RowTypeInfo, TypeInformation
from penstock.datastream.connectors.base import Source
from penstock.datastream.formats.json import JsonRowDeserializationSchema
from penstock.util.exceptions import NotInPenstockError

POSTGRES = "jdbc:postgresql:"


class JdbcParameterValuesProvider:
    """Gives the sets of parameters of a query: each set is an execution, which one subtask reads."""

    def get_parameter_values(self) -> list[list[Any]]:
        """The sets, each with a value for every `?` of the query."""
        raise NotImplementedError


class JdbcGenericParameterValuesProvider(JdbcParameterValuesProvider):
    """These sets.

    >>> JdbcGenericParameterValuesProvider([["Berlin"], ["Rome"]]).get_parameter_values()
    [['Berlin'], ['Rome']]
    """

    def __init__(self, parameters: Iterable[Sequence[Any]]) -> None:
        self._parameters = [list(one) for one in parameters]

    def get_parameter_values(self) -> list[list[Any]]:
        """The sets as they were given."""
        return self._parameters


class JdbcNumericBetweenParametersProvider(JdbcParameterValuesProvider):
    """Cuts a range of whole numbers, both ends included, into pairs for `... BETWEEN ? AND ?`.

    >>> JdbcNumericBetweenParametersProvider(1, 10).of_batch_num(3).get_parameter_values()
    [[1, 4], [5, 7], [8, 10]]
    >>> JdbcNumericBetweenParametersProvider(1, 10).of_batch_size(4).get_parameter_values()
    [[1, 4], [5, 7], [8, 10]]
    """

    def __init__(self, min_val: int, max_val: int) -> None:
        if min_val > max_val:
            raise ValueError(f"JdbcNumericBetweenParametersProvider: {min_val} is more than {max_val}")
        self._min, self._max, self._batches = min_val, max_val, 1

    def of_batch_size(self, batch_size: int) -> JdbcNumericBetweenParametersProvider:
        """Batches of about so many numbers."""
        count = self._max - self._min + 1
        return self.of_batch_num(-(-count // min(_at_least_one(batch_size, "batch_size"), count)))

    def of_batch_num(self, batch_num: int) -> JdbcNumericBetweenParametersProvider:
        """So many batches, the first of which are one longer where the range does not divide evenly."""
        self._batches = min(_at_least_one(batch_num, "batch_num"), self._max - self._min + 1)
        return self

    def get_parameter_values(self) -> list[list[Any]]:
        """First and last number of each batch."""
        size, longer = divmod(self._max - self._min + 1, self._batches)
        starts = [self._min + i * size + min(i, longer) for i in range(self._batches + 1)]
        return [[first, following - 1] for first, following in pairwise(starts)]


class JdbcSource(Source):
    """Reads the rows of a query; made by `JdbcSource.builder()`."""

    def __init__(self, operator: SourceOperator) -> None:
        super().__init__(None)
        self._operator = operator

    @staticmethod
    def builder() -> JdbcSourceBuilder:
        """Begin a source."""
        return JdbcSourceBuilder()

    def _source_operator(self) -> SourceOperator:
        return self._operator


class JdbcSourceBuilder:
    """Makes a JdbcSource. A query, a URL and the type of the rows are needed."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {}
        self._type: TypeInformation | None = None
        self._parameters: JdbcParameterValuesProvider | None = None

    def set_sql(self, sql: str) -> JdbcSourceBuilder:
        """The query, with a `?` for each parameter. With an `ORDER BY` each row counts once; see the module."""
        self._options["query"] = sql
        return self

    def set_db_url(self, db_url: str) -> JdbcSourceBuilder:
        """The database. Raises NotInPenstockError for others than PostgreSQL."""
        if not db_url.startswith(POSTGRES):
            raise NotInPenstockError(
                f"JDBC for {':'.join(db_url.split(':')[:2])!r}",
                "PostgreSQL is there: jdbc:postgresql://host:5432/database",
            )
        self._options["url"] = db_url
        return self

    def set_username(self, username: str) -> JdbcSourceBuilder:
        """Who connects."""
        self._options["user"] = username
        return self

    def set_password(self, password: str) -> JdbcSourceBuilder:
        """That user's password."""
        self._options["password"] = password
        return self

    def set_driver_name(self, driver_name: str) -> JdbcSourceBuilder:
        """Accepted: the client is built in."""
        return self

    def set_result_set_fetch_size(self, result_set_fetch_size: int) -> JdbcSourceBuilder:
        """Accepted: rows are streamed, and a few thousand of them are in memory."""
        _at_least_one(result_set_fetch_size, "result_set_fetch_size")
        return self

    def set_type_information(self, type_information: TypeInformation) -> JdbcSourceBuilder:
        """The type of the rows, `Types.ROW` or `Types.ROW_NAMED`, with a field for each column, in order."""
        if not isinstance(type_information, RowTypeInfo):
            raise TypeError(f"JdbcSource gives rows: its type is Types.ROW_NAMED([...], [...]), not {type_information}")
        self._type = type_information
        return self

    def set_jdbc_parameter_values_provider(
        self, parameter_values_provider: JdbcParameterValuesProvider
    ) -> JdbcSourceBuilder:
        """The sets of parameters; each is read by one subtask."""
        if not isinstance(parameter_values_provider, JdbcParameterValuesProvider):
            raise TypeError(
                "JdbcSource takes a JdbcParameterValuesProvider such as JdbcNumericBetweenParametersProvider(1, 100), "
                f"not {parameter_values_provider!r}"
            )
        self._parameters = parameter_values_provider
        return self

    def build(self) -> JdbcSource:
        """The source. Raises ValueError naming what is missing."""
        for option, call in (("query", "set_sql('SELECT …')"), ("url", "set_db_url('jdbc:postgresql://host/db')")):
            if option not in self._options:
                raise ValueError(f"JdbcSource needs its {option}: call {call}")
        if not isinstance(self._type, RowTypeInfo):
            raise ValueError("JdbcSource needs the type of its rows: call set_type_information(Types.ROW_NAMED(…))")
        sets = [[]] if self._parameters is None else self._parameters.get_parameter_values()
        options = {
            **self._options,
            "parameters": [[None if value is None else text_of(value) for value in one] for one in sets],
            "columns": _columns(self._type),
        }
        schema = JsonRowDeserializationSchema.builder().type_info(self._type).fail_on_missing_field().build()
        return JdbcSource(
            SourceOperator("postgres", options, schema_codec(schema, "the rows of JdbcSource"), self._type)
        )


def _columns(rows: RowTypeInfo) -> list[dict[str, str]]:
    described = rows._to_json()
    return [
        {"name": name, "form": _form(field)}
        for name, field in zip(described["names"], described["fields"], strict=True)
    ]


def _form(field: dict[str, Any]) -> str:
    if field["type"] == "INSTANT":
        return "utc"
    is_bytes = field["type"] == "PRIMITIVE_ARRAY" and field["element"] == {"type": "BYTE"}
    return "base64" if is_bytes else "plain"


def _at_least_one(value: int, option: str) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{option} is a number of at least 1, not {value!r}")
    return value
