"""Files that every Protobuf compiler brings along, as far as messages refer to them."""

from __future__ import annotations

_HEAD = 'syntax = "proto3"; package google.protobuf; '


def _wrappers() -> str:
    kinds = ["double", "float", "int64", "uint64", "int32", "uint32", "bool", "string", "bytes"]
    names = {kind: f"{kind[:1].upper()}{kind[1:]}Value".replace("Uint", "UInt") for kind in kinds}
    return _HEAD + " ".join(f"message {names[kind]} {{ {kind} value = 1; }}" for kind in kinds)


WELL_KNOWN = {
    "google/protobuf/any.proto": _HEAD + "message Any { string type_url = 1; bytes value = 2; }",
    "google/protobuf/duration.proto": _HEAD + "message Duration { int64 seconds = 1; int32 nanos = 2; }",
    "google/protobuf/empty.proto": _HEAD + "message Empty { }",
    "google/protobuf/field_mask.proto": _HEAD + "message FieldMask { repeated string paths = 1; }",
    "google/protobuf/timestamp.proto": _HEAD + "message Timestamp { int64 seconds = 1; int32 nanos = 2; }",
    "google/protobuf/wrappers.proto": _wrappers(),
    "google/protobuf/struct.proto": _HEAD
    + "enum NullValue { NULL_VALUE = 0; } message Struct { map<string, Value> fields = 1; } "
    "message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3; "
    "bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } } "
    "message ListValue { repeated Value values = 1; }",
    "confluent/meta.proto": 'syntax = "proto3"; package confluent; '
    "message Meta { string doc = 1; map<string, string> params = 2; }",
    "confluent/type/decimal.proto": 'syntax = "proto3"; package confluent.type; '
    "message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }",
}
