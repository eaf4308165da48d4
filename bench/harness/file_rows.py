"""The rows about formats of files."""

from __future__ import annotations

from .pythons import Runtime
from .row import OURS, Method, Row, Side, Workload


def _reading(name: str, reads: str, ours: int, peer: Side) -> Workload:
    return Workload(
        name, name, Method.TWO_SIZES, (Side(OURS, Runtime.PENSTOCK, "penstock_job.py", ours), peer), reads=reads
    )


FILE_WORKLOADS = (
    _reading("csv_aggregate", "csv", 600_000, Side("plain-loop", Runtime.PLAIN, "plain_loop.py", 900_000)),
    _reading("parquet_columns", "parquet", 10_000_000, Side("pyarrow", Runtime.PLAIN, "pyarrow_loop.py", 10_000_000)),
    _reading("avro_objects", "avro", 500_000, Side("fastavro", Runtime.PLAIN, "fastavro_loop.py", 300_000)),
)

FILE_ROWS = (
    Row("csv_aggregate", "csv_aggregate", "rate", "records/s", {"plain-loop": 1}, more_is_better=True),
    Row("parquet_columns", "parquet_columns", "rate", "rows/s", {"pyarrow": 0.8}, more_is_better=True),
    Row("avro_objects", "avro_objects", "rate", "records/s", {"fastavro": 0.8}, more_is_better=True),
)
