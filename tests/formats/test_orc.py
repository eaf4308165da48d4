"""ORC files of and for pyarrow."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import orc

from formats.jobs import collect, write
from penstock.common import Instant, Row, Types
from penstock.datastream.connectors.file_system import FileSource
from penstock.datastream.formats.orc import OrcBulkWriters, OrcColumnarRowInputFormat
from penstock.table import DataTypes
from penstock.table.types import RowType
from penstock.util.exceptions import JobExecutionException

DAY = datetime.date(2020, 2, 29)
MOMENT = datetime.datetime(2020, 2, 29, 23, 59, 59, 123456)
# A name, Flink's type, Arrow's type, values.
WRITTEN: list[tuple[str, Any, pa.DataType, list[Any]]] = [
    ("b", DataTypes.BOOLEAN(), pa.bool_(), [True, False, None]),
    ("ti", DataTypes.TINYINT(), pa.int8(), [-128, 127, None]),
    ("si", DataTypes.SMALLINT(), pa.int16(), [-32768, 32767, None]),
    ("i", DataTypes.INT(), pa.int32(), [-(2**31), 2**31 - 1, None]),
    ("l", DataTypes.BIGINT(), pa.int64(), [-(2**63), 2**63 - 1, None]),
    ("f", DataTypes.FLOAT(), pa.float32(), [0.5, -1.25, None]),
    ("d", DataTypes.DOUBLE(), pa.float64(), [0.1, float("inf"), None]),
    ("s", DataTypes.STRING(), pa.string(), ["", "grün", None]),
    ("by", DataTypes.BYTES(), pa.binary(), [b"", b"\x00\xff", None]),
    ("dt", DataTypes.DATE(), pa.date32(), [DAY, datetime.date(1970, 1, 1), None]),
    ("ts", DataTypes.TIMESTAMP(6), pa.timestamp("ns"), [MOMENT, datetime.datetime(1970, 1, 1), None]),
]
READ: list[tuple[str, Any, pa.DataType, list[Any]]] = [
    *WRITTEN,
    ("dec", DataTypes.DECIMAL(20, 2), pa.decimal128(20, 2), [Decimal("-1.25"), Decimal("123456789012345678.00"), None]),
    ("a", DataTypes.ARRAY(DataTypes.INT()), pa.list_(pa.int32()), [[1, None], [], None]),
    ("m", DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()), pa.map_(pa.string(), pa.int32()), [{"k": 1}, {}, None]),
]


def row_type(columns: list[tuple[str, Any, pa.DataType, list[Any]]]) -> RowType:
    return DataTypes.ROW([DataTypes.FIELD(name, of) for name, of, _, _ in columns])


def rows(path: Path, of: RowType, **options: Any) -> list[Row]:
    return collect(FileSource.for_bulk_file_format(OrcColumnarRowInputFormat(of, **options), str(path)).build())


@pytest.mark.parametrize("compression", ["uncompressed", "zlib", "snappy", "lz4", "zstd"])
def test_every_type_of_a_file_of_pyarrow(compression: str, tmp_path: Path) -> None:
    def values(of: list[Any]) -> list[Any]:
        return [list(value.items()) if isinstance(value, dict) else value for value in of]

    table = pa.table({name: pa.array(values(of), kind) for name, _, kind, of in READ})
    orc.write_table(table, tmp_path / "a.orc", compression=compression)
    read = rows(tmp_path, row_type(READ))
    for name, _, _, of in READ:
        assert [row[name] for row in read] == of, name


def test_every_type_is_written_for_pyarrow_and_read_again(tmp_path: Path) -> None:
    records = [Row(*values) for values in zip(*(of for _, _, _, of in WRITTEN), strict=True)]
    of = row_type(WRITTEN)
    (file,) = write(records, of._type_info(), OrcBulkWriters.for_row_type(of), tmp_path)
    table = orc.read_table(file)
    for name, _, kind, values in WRITTEN:
        column = table[name]
        assert (column.type, column.to_pylist()) == (kind, values), name
    assert [list(row) for row in rows(file, of)] == [list(row) for row in records]
    assert orc.ORCFile(file).compression == "ZLIB"


def test_moments(tmp_path: Path) -> None:
    of = DataTypes.ROW([DataTypes.FIELD("at", DataTypes.TIMESTAMP_LTZ(3))])
    records = [Row(Instant(1, 500_000_000)), Row(Instant(100, 0))]
    write(records, Types.ROW([Types.INSTANT()]), OrcBulkWriters.for_row_type(of), tmp_path)
    assert [row.at for row in rows(tmp_path, of)] == [Instant(1, 500_000_000), Instant(100, 0)]


def test_rows_of_several_stripes_and_columns_that_a_file_lacks(tmp_path: Path) -> None:
    table = pa.table({"ID": list(range(50_000)), "more": [f"text {i}" for i in range(50_000)]})
    orc.write_table(table, tmp_path / "a.orc", stripe_size=40_000, batch_size=1000)
    assert orc.ORCFile(tmp_path / "a.orc").nstripes > 1
    of = DataTypes.ROW([DataTypes.FIELD("none", DataTypes.INT()), DataTypes.FIELD("id", DataTypes.BIGINT())])
    assert [row.id for row in rows(tmp_path, of, is_case_sensitive=False)] == list(range(50_000))
    assert {tuple(row) for row in rows(tmp_path, of)} == {(None, None)}


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    orc.write_table(pa.table({"id": ["x"]}), tmp_path / "a.orc")
    of = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT())])
    with pytest.raises(JobExecutionException, match=r"'id' of .*a\.orc holds Utf8, but the row type says BIGINT"):
        rows(tmp_path, of)
    with pytest.raises(ValueError, match=r"column 'a' cannot be written to ORC files: ARRAY is not built in"):
        OrcBulkWriters.for_row_type(row_type(READ[-2:]))
    with pytest.raises(ValueError, match="batch_size has to be above zero"):
        OrcColumnarRowInputFormat(of, batch_size=0)


def test_damaged_files(tmp_path: Path) -> None:
    file = tmp_path / "a.orc"
    orc.write_table(pa.table({"id": list(range(1000))}), file)
    whole = file.read_bytes()
    of = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT())])
    for damaged in [b"", b"ORC", whole[:100], whole[:-5], whole[:20] + bytes(len(whole) - 20)]:
        file.write_bytes(damaged)
        with pytest.raises(JobExecutionException, match=r"a\.orc cannot be read"):
            rows(file, of)
