"""Protobuf messages as dicts: the bytes are those that Google's library writes."""

from __future__ import annotations

import datetime
import random
from contextlib import suppress
from typing import Any

import pytest

from penstock._runtime.protobuf import (
    ProtobufError,
    at_indexes,
    decoder,
    encoder,
    indexes_of,
    parse,
    read_indexes,
    write_indexes,
)
from penstock.common import Row

ORDER = """
// Everything that there is.
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
option java_package = "org.example";
enum Kind { option allow_alias = true; UNKNOWN = 0; A = 1; B = 2 [deprecated = true]; BB = 2; NEG = -1; }
message Order {
  reserved 100 to 200; reserved "old";
  int64 id = 1; sint32 s = 2; double d = 3; float f = 4; bool ok = 5; string name = 6; bytes raw = 7;
  repeated int32 nums = 8; repeated string tags = 9; map<string, Line> lines = 10; Kind kind = 11;
  optional uint32 maybe = 12; oneof which { string text = 13; Line line = 14; }
  fixed64 x = 15; sfixed32 y = 16; repeated double ds = 17; repeated Kind kinds = 18;
  google.protobuf.Timestamp at = 19; repeated sint64 ss = 20; Order parent = 21; map<int32, string> im = 22;
  repeated fixed32 unp = 23 [packed = false]; uint64 big = 24; Inner.Deep deep = 25;
  message Line { string sku = 1; int32 n = 2; }
  message Inner { message Deep { int32 z = 1; } }
}
message Second { string a = 1; }
service Orders { rpc Get (Order) returns (Second) { option deadline = 1; } }
"""
EMPTY: dict[str, Any] = {
    **{"id": 0, "s": 0, "d": 0.0, "f": 0.0, "ok": False, "name": "", "raw": b"", "nums": [], "tags": [], "lines": {}},
    **{"kind": "UNKNOWN", "maybe": None, "text": None, "line": None, "x": 0, "y": 0, "ds": [], "kinds": []},
    **{"at": None, "ss": [], "parent": None, "im": {}, "unp": [], "big": 0, "deep": None},
}
VALUE: dict[str, Any] = {
    **{"id": -5, "s": -3, "d": 1.5, "f": 0.25, "ok": True, "name": "ü", "raw": b"\x00\xff", "nums": [1, -2]},
    **{"tags": ["x", ""], "lines": {"k": {"sku": "q", "n": 0}}, "kind": "NEG", "maybe": 0, "text": "", "line": None},
    **{"x": 2**64 - 1, "y": -1, "ds": [2.5], "kinds": ["A", "B"], "ss": [-1], "parent": {**EMPTY, "id": 1}},
    **{"at": datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc), "im": {-1: "z"}},
    **{"unp": [7, 8], "big": 2**64 - 1, "deep": {"z": 4}},
}
BYTES = bytes.fromhex(
    "08fbffffffffffffffff01100519000000000000f83f250000803e28013202c3bc3a0200ff420b01feffffffffffffffff014a01784a0052080a"
    "016b12030a017158ffffffffffffffffff0160006a0079ffffffffffffffff8501ffffffff8a0108000000000000044092010201029a010908a5"
    "facdac0610f02ea2010101aa01020801b2010e08ffffffffffffffffff0112017abd0107000000bd0108000000c001ffffffffffffffffff01ca"
    "01020804"
)


def order() -> Any:
    return at_indexes(parse(ORDER), [0])


def test_bytes_are_those_of_others() -> None:
    assert decoder(order())(BYTES) == VALUE
    assert encoder(order())(VALUE) == BYTES
    assert decoder(order())(b"") == EMPTY and encoder(order())(EMPTY) == b""


def test_unknown_fields_are_passed_over_and_parts_may_be_packed_or_not() -> None:
    (message,) = parse('syntax = "proto3"; message M { repeated int32 n = 1; repeated fixed32 f = 2; }').messages
    data = b"\x08\x01\x0a\x02\x02\x03\x15\x07\x00\x00\x00" + b"\x7a\x02hi\x78\x05\x7d1234\x7912345678"
    assert decoder(message)(data) == {"n": [1, 2, 3], "f": [7]}


def test_proto2_knows_whether_a_value_is_there() -> None:
    text = 'message M { required int32 a = 1; optional string b = 2 [default = "x"]; repeated int32 n = 3; }'
    (message,) = parse(text).messages
    assert decoder(message)(b"\x08\x00") == {"a": 0, "b": None, "n": []}
    assert encoder(message)({"a": 0, "n": [1, 2]}) == b"\x08\x00\x18\x01\x18\x02"


def test_a_record_says_which_message_it_is() -> None:
    file = parse(ORDER)
    for name, indexes, prefix in [
        (None, [0], b"\x00"),
        ("Second", [1], b"\x02\x02"),
        ("shop.v1.Order.Inner.Deep", [0, 1, 0], b"\x06\x00\x02\x00"),
    ]:
        assert indexes_of(file, name) == indexes and write_indexes(indexes) == prefix
        assert read_indexes(prefix + b"rest") == (indexes, b"rest")
    assert read_indexes(b"\x02\x00rest") == ([0], b"rest"), "some write the first message at length"
    with pytest.raises(ProtobufError, match=r"of message \[7\], which its schema does not have"):
        at_indexes(file, [7])
    with pytest.raises(ProtobufError, match="has no message 'Third'"):
        indexes_of(file, "Third")


def test_imported_files_and_other_forms_of_values() -> None:
    money = 'syntax = "proto3"; package money; message Amount { int64 cents = 1; }'
    text = """
syntax = "proto3";
import "money.proto";
import public "google/protobuf/wrappers.proto";
message M { money.Amount price = 1; google.protobuf.Int32Value n = 2; }
"""
    (message,) = parse(text, {"money.proto": money}).messages
    assert decoder(message)(encoder(message)(Row(price=Row(cents=3), n={"value": 0}))) == {
        "price": {"cents": 3},
        "n": {"value": 0},
    }
    with pytest.raises(ProtobufError, match=r"imports 'money\.proto', which it has no reference to"):
        parse(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"id": "x"}, r"shop\.v1\.Order\.id: 'x' is no int64"),
        ({"maybe": -1}, r"shop\.v1\.Order\.maybe: -1 is no uint32"),
        (
            {"lines": {"k": {"n": 2**31}}},
            r"lines: shop\.v1\.Order\.lines\.entry\.value: shop\.v1\.Order\.Line\.n: 2147483648",
        ),
        ({"kind": "C"}, "'C' is no name of the enum"),
        ({"nums": 3}, "3 is no list"),
        ({"other": 3}, r"shop\.v1\.Order has no field 'other'"),
        (3, "3 is no shop.v1.Order"),
    ],
)
def test_what_does_not_fit_is_named(value: Any, message: str) -> None:
    with pytest.raises(ProtobufError, match=message):
        encoder(order())(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("message M { Other o = 1; }", "uses the type 'Other' in M, which nothing defines"),
        ("message M { int32 a 1; }", "has '1' where '=' was expected"),
        ("message M { int32 a = 1;", "ends in the middle"),
        ("message § {}", "is not understood"),
        ("message M { optional group G = 1 { } }", "has a group"),
        ("message M {" * 200, "nested too deep"),
    ],
)
def test_what_is_no_schema_is_named(text: str, message: str) -> None:
    with pytest.raises(ProtobufError, match=message):
        parse(text)


def test_damaged_bytes_are_an_error_and_nothing_else() -> None:
    read, rng = decoder(order()), random.Random(7)
    for _ in range(3000):
        damaged = bytearray(BYTES)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        with suppress(ProtobufError):
            read(bytes(damaged))
    for length in range(1, len(BYTES)):
        with suppress(ProtobufError):
            read(BYTES[:length])
    (message,) = parse('syntax = "proto3"; message M { M m = 1; }').messages
    deep = b""
    for _ in range(60):
        deep = b"\x0a" + bytes([len(deep)]) + deep
    assert decoder(message)(deep) is not None
    with pytest.raises(ProtobufError, match="end within a number"):
        read(b"\x80")
