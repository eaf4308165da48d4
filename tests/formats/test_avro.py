"""Avro files of and for fastavro."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest

from formats.jobs import collected, environment, write
from penstock.datastream.formats.avro import AvroBulkWriters, AvroInputFormat, AvroSchema, GenericRecordAvroTypeInfo
from penstock.util.exceptions import JobExecutionException

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Everything",
    "namespace": "a.b",
    "fields": [
        {"name": "i", "type": "int"},
        {"name": "l", "type": "long"},
        {"name": "f", "type": "float"},
        {"name": "d", "type": "double"},
        {"name": "b", "type": "boolean"},
        {"name": "s", "type": "string"},
        {"name": "n", "type": ["null", "string"]},
        {"name": "by", "type": "bytes"},
        {"name": "a", "type": {"type": "array", "items": "int"}},
        {"name": "m", "type": {"type": "map", "values": "int"}},
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["X", "Y"]}},
        {"name": "fx", "type": {"type": "fixed", "name": "F", "size": 2}},
        {"name": "r", "type": {"type": "record", "name": "In", "fields": [{"name": "x", "type": ["null", "int"]}]}},
        {"name": "u", "type": ["int", "string"]},
    ],
}
RECORDS: list[dict[str, Any]] = [
    {"i": -1, "l": 2**40, "f": 0.5, "d": 0.1, "b": True, "s": "grün", "n": None, "by": b"\x00", "a": [1, 2],
     "m": {"k": 1}, "e": "Y", "fx": b"ab", "r": {"x": 7}, "u": "text"},
    {"i": 1, "l": 0, "f": 0.0, "d": -0.0, "b": False, "s": "", "n": "x", "by": b"", "a": [], "m": {}, "e": "X",
     "fx": b"cd", "r": {"x": None}, "u": 5},
]  # fmt: skip


def parsed(schema: Any) -> AvroSchema:
    return AvroSchema.parse_string(json.dumps(schema))


def write_with_fastavro(path: Path, records: list[Any], schema: Any = SCHEMA, codec: str = "null") -> None:
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(json.loads(json.dumps(schema))), records, codec=codec)


def read(path: Path, schema: Any = SCHEMA) -> list[Any]:
    return collected(environment().create_input(AvroInputFormat(str(path), parsed(schema))))


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"])
def test_every_type_of_a_file_of_fastavro(codec: str, tmp_path: Path) -> None:
    write_with_fastavro(tmp_path / "a.avro", RECORDS, codec=codec)
    assert read(tmp_path / "a.avro") == RECORDS


def test_every_type_is_written_for_fastavro(tmp_path: Path) -> None:
    (file,) = write(RECORDS * 5000, None, AvroBulkWriters.for_generic_record(parsed(SCHEMA)), tmp_path)
    with file.open("rb") as opened:
        assert list(fastavro.reader(opened)) == RECORDS * 5000
    assert read(file) == RECORDS * 5000


def test_dates_and_decimals(tmp_path: Path) -> None:
    def field(name: str, **logical: Any) -> dict[str, Any]:
        return {"name": name, "type": logical}

    schema = {
        "type": "record",
        "name": "R",
        "fields": [
            field("dt", type="int", logicalType="date"),
            field("ts", type="long", logicalType="timestamp-millis"),
            field("dec", type="bytes", logicalType="decimal", precision=10, scale=2),
        ],
    }
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, 6000, tzinfo=datetime.timezone.utc)
    records = [
        {"dt": datetime.date(1969, 12, 31), "ts": moment, "dec": Decimal("-1.25")},
        {"dt": datetime.date(2020, 2, 29), "ts": moment, "dec": Decimal("327.68")},
    ]
    (file,) = write(records, None, AvroBulkWriters.for_generic_record(parsed(schema)), tmp_path)
    with file.open("rb") as opened:
        assert list(fastavro.reader(opened)) == records
    assert [(record["dt"], record["ts"]) for record in read(file, schema)] == [
        (-1, 1577934245006),
        (18321, 1577934245006),
    ]


def test_the_type_of_records() -> None:
    produced = AvroInputFormat("a.avro", parsed(SCHEMA)).get_produced_type()
    assert isinstance(produced, GenericRecordAvroTypeInfo)


def test_files_of_an_older_schema(tmp_path: Path) -> None:
    older = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "i", "type": "int"}, {"name": "gone", "type": "string"}],
    }
    newer = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "i", "type": "long"}, {"name": "new", "type": "string", "default": "none yet"}],
    }
    write_with_fastavro(tmp_path / "a.avro", [{"i": 1, "gone": "x"}], older)
    assert read(tmp_path / "a.avro", newer) == [{"i": 1, "new": "none yet"}]


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    factory = AvroBulkWriters.for_generic_record(parsed(SCHEMA))
    with pytest.raises(JobExecutionException, match=r"field 'e': 'Z' \(str\) is no str among X, Y"):
        write([{**RECORDS[0], "e": "Z"}], None, factory, tmp_path)
    with pytest.raises(JobExecutionException, match=r"field 'a': element 1: 'x' \(str\) is no int of 32 bits"):
        write([{**RECORDS[0], "a": [1, "x"]}], None, factory, tmp_path)


def test_a_codec_that_is_not_built_in_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.avro"
    write_with_fastavro(file, RECORDS)
    file.write_bytes(file.read_bytes().replace(b"\x08null", b"\x08lzma", 1))
    with pytest.raises(JobExecutionException, match=r"a\.avro cannot be read: it is compressed with lzma"):
        read(file)


def test_many_blocks_and_records_within_themselves(tmp_path: Path) -> None:
    node = {
        "type": "record",
        "name": "shop.Node",
        "fields": [{"name": "i", "type": "long"}, {"name": "next", "type": ["null", "Node"]}],
    }
    records = [{"i": i, "next": {"i": -i, "next": None} if i % 3 else None} for i in range(30_000)]
    write_with_fastavro(tmp_path / "a.avro", records, node, "deflate")
    assert read(tmp_path / "a.avro", node) == records
    (file,) = write(records, None, AvroBulkWriters.for_generic_record(parsed(node)), tmp_path / "written")
    with file.open("rb") as opened:
        assert list(fastavro.reader(opened)) == records


def test_a_file_that_cannot_be_read_as_the_schema(tmp_path: Path) -> None:
    write_with_fastavro(tmp_path / "a.avro", RECORDS)
    other = {"type": "record", "name": "R", "fields": [{"name": "more", "type": "long"}]}
    with pytest.raises(JobExecutionException, match=r"a\.avro cannot be read: the field 'more' of R was not written"):
        read(tmp_path / "a.avro", other)


def test_damaged_files(tmp_path: Path) -> None:
    file = tmp_path / "a.avro"
    write_with_fastavro(file, RECORDS * 100)
    whole = file.read_bytes()
    for damaged in [b"", b"Obj\x01", whole[:100], whole[:-5], whole[:-200] + bytes(200)]:
        file.write_bytes(damaged)
        with pytest.raises(JobExecutionException, match=r"a\.avro cannot be read"):
            read(file)
