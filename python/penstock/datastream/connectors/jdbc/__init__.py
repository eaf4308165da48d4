"""Databases by the names of JDBC. Penstock reads from PostgreSQL and writes to it: `jdbc:postgresql://host/database`.

A JdbcSink writes records at least once: those since the last checkpoint are written again after a failure. Make the
statement an `INSERT … ON CONFLICT … DO UPDATE`, and nobody sees that. See also
`penstock.datastream.connectors.postgres`.

A JdbcSource reads the rows of a query, in parts where it has parameters:

    source = (
        JdbcSource.builder()
        .set_db_url("jdbc:postgresql://localhost:5432/shop")
        .set_sql("SELECT id, amount FROM orders WHERE id BETWEEN ? AND ? ORDER BY id")
        .set_jdbc_parameter_values_provider(JdbcNumericBetweenParametersProvider(1, 1_000_000).of_batch_num(8))
        .set_type_information(Types.ROW_NAMED(["id", "amount"], [Types.LONG(), Types.BIG_DEC()]))
        .build()
    )

After a failure a part that was begun is queried again, and as many rows as were read before are dropped. With an
`ORDER BY` that leaves nothing open, over rows that nobody changes meanwhile, each counts once.
"""

from penstock.datastream.connectors.jdbc.sink import JdbcConnectionOptions, JdbcExecutionOptions, JdbcSink
from penstock.datastream.connectors.jdbc.source import (
    JdbcGenericParameterValuesProvider,
    JdbcNumericBetweenParametersProvider,
    JdbcParameterValuesProvider,
    JdbcSource,
    JdbcSourceBuilder,
)

__all__ = [
    "JdbcConnectionOptions",
    "JdbcExecutionOptions",
    "JdbcGenericParameterValuesProvider",
    "JdbcNumericBetweenParametersProvider",
    "JdbcParameterValuesProvider",
    "JdbcSink",
    "JdbcSource",
    "JdbcSourceBuilder",
]
