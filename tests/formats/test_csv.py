"""CSV files as rows: what Flink's own recordings do not show."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from formats.jobs import collect, write
from penstock.common import Row, Types
from penstock.datastream.connectors.file_system import FileSource
from penstock.datastream.formats.csv import CsvBulkWriters, CsvReaderFormat, CsvSchema, CsvSchemaBuilder
from penstock.table import DataTypes
from penstock.util.exceptions import JobExecutionException


def two_columns() -> CsvSchemaBuilder:
    return CsvSchema.builder().add_number_column("id").add_string_column("s")


def read(path: Path, format: CsvReaderFormat) -> list[Row]:
    return collect(FileSource.for_record_stream_format(format, str(path)).build())


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("end", COMPRESSED)
def test_compressed_files(end: str, tmp_path: Path) -> None:
    file = tmp_path / f"a.csv.{end}"
    file.write_bytes(COMPRESSED[end](b"id,s\n1,a\n2,b\n"))
    rows = read(file, CsvReaderFormat.for_schema(two_columns().set_use_header().build()))
    assert [row.as_dict() for row in rows] == [{"id": 1, "s": "a"}, {"id": 2, "s": "b"}]


def test_a_bad_record_ends_the_job_or_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,a\nx,b\n3,c\n", encoding="utf-8")
    format = CsvReaderFormat.for_schema(two_columns().build())
    with pytest.raises(JobExecutionException, match=r"a\.csv that begins at byte 4: 'x' in the column 'id' is no BIG"):
        read(tmp_path, format)
    assert [row.id for row in read(tmp_path, format.with_ignore_parse_errors())] == [1, 3]


def test_another_charset(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("1,grün\n".encode("latin-1"))
    format = CsvReaderFormat.for_schema(two_columns().build()).with_charset("ISO-8859-1")
    assert read(tmp_path, format)[0].s == "grün"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    schema = (
        two_columns()
        .add_number_column("d", DataTypes.DOUBLE())
        .add_number_column("dec", DataTypes.DECIMAL(10, 2))
        .add_boolean_column("b")
        .add_array_column("a", "|", DataTypes.INT())
        .set_null_value("NULL")
        .set_use_header()
        .build()
    )
    rows = [
        Row(1, 'a "b", c', 1e20, Decimal("3.14"), True, [1, 2]),
        Row(2, "line\nbreak", None, None, False, []),
        Row(None, "grün", 0.1, Decimal("7.00"), None, [3]),
    ]
    types = [Types.LONG(), Types.STRING(), Types.DOUBLE(), Types.BIG_DEC(), Types.BOOLEAN(), Types.LIST(Types.INT())]
    write(rows, Types.ROW(types), CsvBulkWriters.for_schema(schema), tmp_path)
    assert [list(row) for row in read(tmp_path, CsvReaderFormat.for_schema(schema))] == [list(row) for row in rows]
