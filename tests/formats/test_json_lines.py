"""Files of JSON objects, one a line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from formats.jobs import collect
from penstock.common import Types
from penstock.datastream.connectors.file_system import FileSource
from penstock.datastream.formats.json import JsonLinesFormat, JsonRowDeserializationSchema
from penstock.util.exceptions import JobExecutionException


def test_lines_are_rows(tmp_path: Path) -> None:
    types = Types.ROW_NAMED(["id", "s"], [Types.LONG(), Types.STRING()])
    builder = JsonRowDeserializationSchema.builder().type_info(types)
    (tmp_path / "a.jsonl").write_text('{"id": 1, "s": "grün"}\n{"id": 2}\nnothing of the kind\n', encoding="utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"s": "x", "id": 3}\n'))

    def rows(schema: JsonRowDeserializationSchema) -> list[tuple[object, ...]]:
        source = FileSource.for_record_stream_format(JsonLinesFormat.for_schema(schema), str(tmp_path))
        return sorted(map(tuple, collect(source.build())))

    assert rows(builder.ignore_parse_errors().build()) == [(1, "grün"), (2, None), (3, "x")]
    with pytest.raises(JobExecutionException, match="nothing of the kind"):
        rows(JsonRowDeserializationSchema.builder().type_info(types).build())
