"""Parquet files of and for pyarrow."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from formats.jobs import collect, collected, environment, write
from penstock.common import Instant, Row, Types, WatermarkStrategy
from penstock.datastream.connectors.file_system import FileSource
from penstock.datastream.formats.avro import AvroSchema
from penstock.datastream.formats.parquet import (
    AvroParquetReaders,
    AvroParquetWriters,
    ParquetBulkWriters,
    ParquetColumnarRowInputFormat,
)
from penstock.table import DataTypes
from penstock.table.types import RowType
from penstock.util.exceptions import JobExecutionException

DAY, TIME = datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4000)
MOMENT = datetime.datetime(1969, 12, 31, 23, 59, 59, 123456)
# A name, Flink's type, Arrow's type, values.
COLUMNS: list[tuple[str, Any, pa.DataType, list[Any]]] = [
    ("b", DataTypes.BOOLEAN(), pa.bool_(), [True, False, None]),
    ("ti", DataTypes.TINYINT(), pa.int8(), [-128, 127, None]),
    ("si", DataTypes.SMALLINT(), pa.int16(), [-32768, 32767, None]),
    ("i", DataTypes.INT(), pa.int32(), [-(2**31), 2**31 - 1, None]),
    ("l", DataTypes.BIGINT(), pa.int64(), [-(2**63), 2**63 - 1, None]),
    ("f", DataTypes.FLOAT(), pa.float32(), [0.5, -1.25, None]),
    ("d", DataTypes.DOUBLE(), pa.float64(), [0.1, float("inf"), None]),
    ("s", DataTypes.STRING(), pa.string(), ["", "grün", None]),
    ("by", DataTypes.BYTES(), pa.binary(), [b"", b"\x00\xff", None]),
    ("dec", DataTypes.DECIMAL(20, 2), pa.decimal128(20, 2), [Decimal("-1.25"), Decimal("123456789012345678.00"), None]),
    ("dt", DataTypes.DATE(), pa.date32(), [DAY, datetime.date(1, 1, 1), None]),
    ("t", DataTypes.TIME(), pa.time32("ms"), [TIME, datetime.time(0), None]),
    ("ts", DataTypes.TIMESTAMP(6), pa.timestamp("us"), [MOMENT, datetime.datetime(2020, 1, 1), None]),
    ("a", DataTypes.ARRAY(DataTypes.INT()), pa.list_(pa.int32()), [[1, None], [], None]),
    ("m", DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()), pa.map_(pa.string(), pa.int32()), [{"k": 1}, {}, None]),
]
ROW_TYPE = DataTypes.ROW([DataTypes.FIELD(name, of) for name, of, _, _ in COLUMNS])


def rows(path: Path, row_type: RowType = ROW_TYPE, **options: Any) -> list[Row]:
    format = ParquetColumnarRowInputFormat(row_type, **{"is_utc_timestamp": True, **options})
    return collect(FileSource.for_bulk_file_format(format, str(path)).build())


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "lz4", "zstd"])
def test_every_type_of_a_file_of_pyarrow(compression: str, tmp_path: Path) -> None:
    def values(of: list[Any]) -> list[Any]:
        return [list(value.items()) if isinstance(value, dict) else value for value in of]

    table = pa.table({name: pa.array(values(of), kind) for name, _, kind, of in COLUMNS})
    pq.write_table(table, tmp_path / "a.parquet", compression=compression)
    read = rows(tmp_path)
    for name, _, _, of in COLUMNS:
        assert [row[name] for row in read] == of, name


def test_every_type_is_written_for_pyarrow_and_read_again(tmp_path: Path) -> None:
    records = [Row(*values) for values in zip(*(of for _, _, _, of in COLUMNS), strict=True)]
    (file,) = write(
        records, ROW_TYPE._type_info(), ParquetBulkWriters.for_row_type(ROW_TYPE, utc_timestamp=True), tmp_path
    )
    table = pq.read_table(file)
    for name, _, kind, of in COLUMNS:
        column = table[name]
        found = [dict(value) if name == "m" and value is not None else value for value in column.to_pylist()]
        assert found == of, name
        assert column.type == kind or name in ("a", "m"), name
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "SNAPPY"
    assert [list(row) for row in rows(file)] == [list(row) for row in records]


def test_moments(tmp_path: Path) -> None:
    row_type = DataTypes.ROW([DataTypes.FIELD("at", DataTypes.TIMESTAMP_LTZ(3))])
    records = [Row(Instant(1, 500_000_000)), Row(Instant(-1, 0))]
    write(records, Types.ROW([Types.INSTANT()]), ParquetBulkWriters.for_row_type(row_type), tmp_path)
    assert [row.at for row in rows(tmp_path, row_type)] == [Instant(1, 500_000_000), Instant(-1, 0)]


def test_rows_of_several_groups_and_columns_that_a_file_lacks(tmp_path: Path) -> None:
    table = pa.table({"ID": list(range(10_000)), "more": ["x"] * 10_000})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    row_type = DataTypes.ROW([DataTypes.FIELD("none", DataTypes.INT()), DataTypes.FIELD("id", DataTypes.BIGINT())])
    assert [row.id for row in rows(tmp_path, row_type, is_case_sensitive=False)] == list(range(10_000))
    assert {tuple(row) for row in rows(tmp_path, row_type)} == {(None, None)}


def test_dicts(tmp_path: Path) -> None:
    schema = AvroSchema.parse_string(
        '{"type": "record", "name": "R", "fields": '
        '[{"name": "i", "type": "int"}, {"name": "s", "type": ["null", "string"]}]}'
    )
    records = [{"i": 1, "s": "x"}, {"i": 2, "s": None}]
    (file,) = write(records, None, AvroParquetWriters.for_generic_record(schema), tmp_path)
    assert pq.read_table(file).to_pylist() == records
    source = FileSource.for_record_stream_format(AvroParquetReaders.for_generic_record(schema), str(tmp_path))
    assert collect(source.build()) == records


def test_functions_of_batches_get_the_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"s": ["a", "b"], "x": pa.array([1, None], pa.int32())}), tmp_path / "a.parquet")
    row_type = DataTypes.ROW([DataTypes.FIELD("x", DataTypes.BIGINT()), DataTypes.FIELD("s", DataTypes.STRING())])
    source = FileSource.for_bulk_file_format(ParquetColumnarRowInputFormat(row_type), str(tmp_path)).build()

    def seen(batch: pa.RecordBatch) -> Any:
        return pc.binary_join_element_wise(batch["s"], pc.cast(pc.fill_null(batch["x"], 7), pa.string()), "=")

    rows = environment().from_source(source, WatermarkStrategy.no_watermarks(), "rows")
    assert collected(rows.map_batches(seen, output_type=Types.STRING())) == ["a=1", "b=7"]


def test_a_codec_that_is_not_built_in_is_named(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"i": [1], "other": [1]}), tmp_path / "a.parquet", compression={"i": "brotli", "other": "none"}
    )
    message = r"a\.parquet cannot be read: its column 'i' is compressed with BROTLI, which is not built in"
    with pytest.raises(JobExecutionException, match=message):
        rows(tmp_path, DataTypes.ROW([DataTypes.FIELD("i", DataTypes.BIGINT())]))
    assert len(rows(tmp_path, DataTypes.ROW([DataTypes.FIELD("other", DataTypes.BIGINT())]))) == 1


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["x"]}), tmp_path / "a.parquet")
    row_type = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT())])
    with pytest.raises(JobExecutionException, match=r"'id' of .*a\.parquet holds Utf8, but the row type says BIGINT"):
        rows(tmp_path, row_type)
    with pytest.raises(JobExecutionException, match=r"field 'id': 'x' \(str\) is no int of 64 bits"):
        write([Row("x")], None, ParquetBulkWriters.for_row_type(row_type), tmp_path / "out")


def test_damaged_files(tmp_path: Path) -> None:
    pq.write_table(pa.table({"i": list(range(1000))}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    row_type = DataTypes.ROW([DataTypes.FIELD("i", DataTypes.BIGINT())])
    for damaged in [b"", b"PAR1", whole[:-20], whole[: len(whole) // 2], whole[:100] + bytes(200) + whole[300:]]:
        (tmp_path / "a.parquet").write_bytes(damaged)
        with pytest.raises(JobExecutionException, match=r"a\.parquet cannot be read"):
            rows(tmp_path, row_type)
