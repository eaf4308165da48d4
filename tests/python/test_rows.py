"""Rows: access, names, kinds, equality, pickles."""

from __future__ import annotations

import pickle

import pytest

from penstock.common import Row, RowKind


def test_access() -> None:
    row = Row(name="Alice", age=11)
    assert (row.name, row["age"], row[0], row[0:2]) == ("Alice", 11, "Alice", ["Alice", 11])
    assert (len(row), list(row)) == (2, ["Alice", 11])
    assert Row.__getitem__(row, -1) == 11
    assert "name" in row
    assert "Alice" not in row
    assert "a" in Row("a")
    row["age"] = 12
    row[0] = "Bob"
    assert repr(row) == "Row(name='Bob', age=12)"
    assert str(Row(1, "a")) == "<Row(1, 'a')>"


def test_a_row_of_names_makes_rows() -> None:
    person = Row("name", "age")
    assert person("Bob", 12) == Row(name="Bob", age=12)
    assert repr(person("Bob")) == "Row(name='Bob')"
    with pytest.raises(ValueError, match="2 fields"):
        person(1, 2, 3)


def test_wrong_access() -> None:
    with pytest.raises(ValueError, match="not both"):
        Row(1, a=2)
    with pytest.raises(AttributeError):
        _ = Row(a=1).b
    with pytest.raises(AttributeError):
        _ = Row(1).a
    with pytest.raises(ValueError, match="b"):
        _ = Row(a=1)["b"]
    with pytest.raises(IndexError):
        _ = Row(1)[3]
    with pytest.raises(AttributeError):
        Row(a=1).a = 2
    with pytest.raises(TypeError, match="without field names"):
        Row(1).as_dict()
    with pytest.raises(Exception, match="no fields"):
        Row(a=1).get_fields_by_names(["q"])


def test_dicts() -> None:
    assert Row(a=1, b="x").as_dict() == {"a": 1, "b": "x"}
    nested = Row(a=Row(b=1), c=[Row(d=2)], e={"k": Row(z=1)})
    assert nested.as_dict(True) == {"a": {"b": 1}, "c": [{"d": 2}], "e": {"k": {"z": 1}}}
    assert nested.as_dict()["a"] == Row(b=1)
    row = Row(1, 2)
    row.set_field_names(["u", "v"])
    assert row.as_dict() == {"u": 1, "v": 2}
    assert row.get_fields_by_names(["v"]) == [2]


def test_equality() -> None:
    assert Row(1, 2) == Row(1, 2)
    assert Row(a=1, b=2) == Row(b=2, a=1)
    assert Row(a=1) != Row(b=1)
    assert Row(a=1) != Row(1)
    assert Row(1) != (1,)
    assert Row.of_kind(RowKind.DELETE, 1) != Row(1)
    assert hash(Row(1, 2)) == hash(Row(1, 2))


def test_kinds() -> None:
    assert [str(kind) for kind in RowKind] == ["+I", "-U", "+U", "-D"]
    row = Row.of_kind(RowKind.UPDATE_AFTER, a=1)
    assert row.get_row_kind() is RowKind.UPDATE_AFTER
    row.set_row_kind(RowKind.INSERT)
    assert row == Row(a=1)


def test_pickles() -> None:
    for row in (Row(1, "a"), Row(a=1), Row.of_kind(RowKind.DELETE, 1), Row(Row(x=1))):
        assert pickle.loads(pickle.dumps(row)) == row
