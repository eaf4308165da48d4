"""The reader of state shows pickles of others without importing or running anything."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import os
import pickle
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from penstock.state_reader import PickledName, PickledObject
from penstock.state_reader.pickles import unpickled_safely
from penstock.state_reader.plain import shown, to_json, to_plain

ZONE = datetime.timezone(datetime.timedelta(hours=2), "CEST")
HARMLESS = [
    *(None, True, False, 0, -1, 2**70, 1.5, "text", "ü", b"bytes", bytearray(b"more")),
    *((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1, [2]], {}, {"a": {1: (2,)}}, set(), {1, "b"}, frozenset({3})),
    *(datetime.date(2024, 2, 29), datetime.time(1, 2, 3, 4), datetime.datetime(2024, 1, 2, 3, tzinfo=ZONE)),
    *(datetime.timedelta(days=-1, microseconds=5), ZONE, datetime.timezone.utc, decimal.Decimal("-1.50")),
    *(uuid.UUID("12345678123456781234567812345678"), fractions.Fraction(1, 3), complex(1, -2), range(1, 9, 2)),
    *(collections.OrderedDict(b=1, a=2), collections.Counter("hello"), collections.deque([1, 2], 5)),
]


@dataclasses.dataclass
class Order:
    amount: int
    tags: list[str]


class Color(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


class Names(dict[str, int]):
    pass


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_values_of_the_standard_library_come_back(protocol: int) -> None:
    for value in HARMLESS:
        read = unpickled_safely(pickle.dumps(value, protocol=protocol))
        assert read == value and type(read) is type(value), value


def test_what_a_pickle_refers_to_twice_is_one_object() -> None:
    part = [1]
    read = unpickled_safely(pickle.dumps([part, part]))
    assert read == [[1], [1]] and read[0] is read[1]


def test_an_object_shows_its_class_and_its_fields() -> None:
    read = unpickled_safely(pickle.dumps({"order": Order(3, ["new"])}))["order"]
    assert isinstance(read, PickledObject)
    assert read.qualified_name == f"{__name__}.Order"
    assert read.fields == {"amount": 3, "tags": ["new"]}
    assert repr(read) == f"{__name__}.Order(amount=3, tags=['new'])"
    assert to_plain(read) == {"class": f"{__name__}.Order", "fields": {"amount": 3, "tags": ["new"]}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Color.RED, "Color(1)"),
        (Point(1, "b"), "Point(1, 'b')"),
        (Names(a=1), "Names([('a', 1)])"),
        (Order, "Order>"),
        (len, "<builtins.len>"),
    ],
)
def test_other_objects_show_what_the_pickle_has_of_them(value: Any, text: str) -> None:
    for protocol in (2, 4, 5):
        assert (
            repr(unpickled_safely(pickle.dumps(value, protocol=protocol)))
            .replace("__builtin__", "builtins")
            .endswith(text)
        )


class Hostile:
    """An object whose pickle calls something when it is loaded."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call = call
        self.arguments = arguments

    def __reduce__(self) -> Any:
        return self.call, self.arguments


def test_nothing_of_a_hostile_pickle_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(Hostile(os.mkdir, str(mark)), protocol=protocol)
        assert repr(unpickled_safely(data)) == f"{os.mkdir.__module__}.mkdir({str(mark)!r})"
        evaluated = pickle.dumps([Hostile(eval, f"__import__('os').mkdir({str(mark)!r})")], protocol=protocol)
        assert "eval(" in repr(unpickled_safely(evaluated))
        assert not mark.exists()
    # The same bytes do run where they are believed.
    pickle.loads(data)
    assert mark.exists()


def test_no_module_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "never_imported.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    for data in (
        b"cnever_imported\nThing\n.",
        b"\x80\x04\x8c\x0enever_imported\x8c\x05Thing\x93.",
        b"(inever_imported\nThing\n.",
    ):
        assert "never_imported.Thing" in repr(unpickled_safely(data))
    assert "never_imported" not in sys.modules


def test_a_setstate_is_not_called_and_classes_stay_as_they_are() -> None:
    # Pushes uuid.UUID itself and gives it a state with an attribute, which would be set on the class.
    data = b"cuuid\nUUID\n(NS'__str__'\ncbuiltins\nlen\nd" + b"tb."
    data = b"\x80\x02cuuid\nUUID\n(N}X\x07\x00\x00\x00__str__cbuiltins\nlen\nstb."
    before = uuid.UUID.__str__
    assert isinstance(unpickled_safely(data), PickledName)
    assert uuid.UUID.__str__ is before
    with pytest.raises(ValueError, match="not a pickle"):
        unpickled_safely(b"\x80\x02cuuid\nUUID\n)\x81}X\x03\x00\x00\x00intX\x01\x00\x00\x00asb.")


def test_what_would_allocate_or_compute_much_does_not() -> None:
    assert isinstance(unpickled_safely(pickle.dumps(Hostile(bytearray, 10**15))), PickledObject)
    assert isinstance(unpickled_safely(pickle.dumps(Hostile(fractions.Fraction, "1e999999999"))), PickledObject)
    # Tuples of tuples of tuples, a few bytes each, whose hash takes 2 ** 60 steps.
    doubling = b"\x80\x02)" + b"2\x86" * 60
    with pytest.raises(ValueError, match="a key is too large"):
        unpickled_safely(b"\x80\x02}" + doubling[2:] + b"Ns.")
    tree = unpickled_safely(doubling + b".")
    assert len(shown(tree)) < 200_000 and len(to_json(tree)) < 200_000


@pytest.mark.parametrize(
    "data", [b"", b"x", b"N", b"\x80\x04", b"t.", b"0.", b"\x86.", b"h\x05.", b"(K\x01d.", b"]Nb.", b"Nu."]
)
def test_what_is_no_pickle_is_an_error(data: bytes) -> None:
    try:
        value = unpickled_safely(data)
    except ValueError as error:
        assert "not a pickle that can be read" in str(error)
    else:
        assert value == [], "an instruction without effect"


def test_every_truncation_of_a_pickle_is_an_error() -> None:
    data = pickle.dumps([Order(3, ["new"]), HARMLESS])
    for length in range(len(data)):
        with pytest.raises(ValueError, match="not a pickle"):
            unpickled_safely(data[:length])
