"""Rows that a source makes hold their values as bytes until somebody asks for them; nobody can tell."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.common import Row, Types, WatermarkStrategy
from penstock.datastream import DataStream, StreamExecutionEnvironment
from penstock.datastream.connectors.file_system import FileSource
from penstock.datastream.formats.csv import CsvReaderFormat, CsvSchema
from penstock.table import DataTypes

NAMES = ["id", "city", "share", "open", "note"]
LONG = "x" * 1000
PLAIN = [
    (1, "Zürich", 0.5, True, "as usual"),
    (-(2**62), "", -1.5, False, "日本 🚀"),
    (3, "Bern", 2.0, True, None),
    (4, "too long to be packed", 0.25, False, LONG),
]


def as_it_is(row: Row) -> Any:
    return tuple(row)


@pytest.fixture
def orders(tmp_path: Path) -> DataStream:
    text = "".join(
        f"{n},{city},{share},{str(open).lower()},{'' if note is None else note}\n"
        for n, city, share, open, note in PLAIN
    )
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    schema = CsvSchema.builder().add_number_column("id").add_string_column("city")
    schema = schema.add_number_column("share", DataTypes.DOUBLE()).add_boolean_column("open").add_string_column("note")
    format = CsvReaderFormat.for_schema(schema.set_null_value("").build())
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(format, str(tmp_path / "orders.csv")).build()
    return env.from_source(source, WatermarkStrategy.no_watermarks(), "orders")


def collected(stream: DataStream) -> list[Any]:
    with stream.execute_and_collect() as results:
        return list(results)


def expected() -> list[tuple[Any, ...]]:
    # The null value of a CSV schema is a text like any other to a text column that is empty.
    return [tuple(None if value in ("", None) else value for value in row) for row in PLAIN]


def test_values(orders: DataStream) -> None:
    assert collected(orders.map(as_it_is)) == expected()


def test_small_rows_are_packed(orders: DataStream) -> None:
    sizes = collected(orders.map(lambda row: sys.getsizeof(row) - sys.getsizeof(Row())))
    assert [size > 0 for size in sizes] == [True, True, True, False]


def test_access(orders: DataStream) -> None:
    def look(row: Row) -> Any:
        by_place = [row[place] for place in range(5)], [row[place] for place in range(-5, 0)]
        by_name = [row[name] for name in NAMES], [getattr(row, name) for name in NAMES]
        joined = row["".join(["ci", "ty"])]
        return by_place[0] == by_place[1] == by_name[0] == by_name[1] == list(row) == row[0:5], joined == row.city

    assert collected(orders.map(look)) == [(True, True)] * 4


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda row: row[5], "IndexError"),
        (lambda row: row[-6], "IndexError"),
        (lambda row: row[2**70], "IndexError"),
        (lambda row: row["price"], "ValueError"),
        (lambda row: row[1.5], "ValueError"),
        (lambda row: row.price, "AttributeError"),
        (lambda row: row._price, "AttributeError"),
        (lambda row: row.__delattr__("_values"), "AttributeError"),
    ],
)
def test_wrong_access(orders: DataStream, ask: Callable[[Row], Any], error: str) -> None:
    def look(row: Row) -> Any:
        try:
            return ask(row)
        except Exception as raised:
            return type(raised).__name__, tuple(row) == tuple(row._values)

    assert collected(orders.map(look)) == [(error, True)] * 4


@pytest.mark.parametrize(
    "holds",
    [
        lambda row, same: row == same,
        lambda row, same: same == row,
        lambda row, same: hash(row) == hash(same),
        lambda row, same: repr(row) == repr(same),
        lambda row, same: row.as_dict() == same.as_dict(),
        lambda row, same: len(row) == 5 and "city" in row and "Bern" not in row,
        lambda row, same: list(reversed(row)) == list(same)[::-1],
        lambda row, same: row.get_fields_by_names(["note", "id"]) == [same[4], same[0]],
        lambda row, same: pickle.loads(pickle.dumps(row)) == same,
        lambda row, same: copy.deepcopy(row) == same,
        lambda row, same: row.get_row_kind() is same.get_row_kind(),
    ],
)
def test_the_same_as_a_row_of_values(orders: DataStream, holds: Callable[[Row, Row], bool]) -> None:
    def look(row: Row) -> bool:
        plain = next(values for values in expected() if values[0] == row[0])
        return holds(row, Row(**dict(zip(NAMES, plain, strict=True))))

    assert collected(orders.map(look)) == [True] * 4


def test_changes(orders: DataStream) -> None:
    def change(row: Row) -> Any:
        before = row[0]
        row["city"] = "Genf"
        row[0] = before + 1
        row.set_field_names(["n", *NAMES[1:]])
        return row.n == before + 1, row["city"], row.as_dict()["n"] == row[0], row[0:2]

    n = [row[0] for row in expected()]
    assert collected(orders.map(change)) == [(True, "Genf", True, [number + 1, "Genf"]) for number in n]


def test_a_row_that_is_kept_and_changed_later_is_another(orders: DataStream) -> None:
    def keeping() -> Callable[[Row], Row]:
        kept: list[Row] = []

        def keep(row: Row) -> Row:
            if kept:
                kept[-1][1] = "changed"
            kept.append(row)
            return row

        return keep

    keyed = orders.map(keeping()).key_by(lambda row: row[0], key_type=Types.LONG())
    assert sorted(collected(keyed.map(as_it_is))) == sorted(expected())


def test_declared_types(orders: DataStream) -> None:
    fields = [Types.LONG(), Types.STRING(), Types.DOUBLE(), Types.BOOLEAN(), Types.STRING()]
    declared = orders.map(lambda row: row, output_type=Types.ROW_NAMED(NAMES, fields))
    keyed = declared.key_by(lambda row: row.id, key_type=Types.LONG())
    assert sorted(collected(keyed.map(as_it_is))) == sorted(expected())


def test_a_value_that_does_not_fit_is_named(orders: DataStream) -> None:
    fields = [Types.LONG(), Types.LONG(), Types.DOUBLE(), Types.BOOLEAN(), Types.STRING()]
    declared = orders.map(lambda row: row, output_type=Types.ROW_NAMED(NAMES, fields))
    with pytest.raises(Exception, match="field 'city' is str"):
        collected(declared)


def test_the_collector_sees_what_becomes_of_a_row(orders: DataStream) -> None:
    class Seen:
        alive = 0

        def __init__(self) -> None:
            Seen.alive += 1

        def __del__(self) -> None:
            Seen.alive -= 1

    def tie(row: Row) -> None:
        row[0] = [row, Seen()]

    def look(row: Row) -> int:
        gc.collect()
        before = Seen.alive
        tie(row)
        return before

    # The engine holds a record while its function is called: at most that of the call before is still there.
    assert collected(orders.map(look)) == [0] * 4
