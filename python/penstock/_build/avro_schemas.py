"""Avro schemas of row types: bulk formats take records as Avro datums."""

from __future__ import annotations

import json
from typing import Any

from penstock.table.types.nested import RowType

_SIMPLE: dict[str, Any] = {
    "BOOLEAN": "boolean",
    "TINYINT": {"type": "int", "logicalType": "penstock-byte"},
    "SMALLINT": {"type": "int", "logicalType": "penstock-short"},
    "INT": "int",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "STRING": "string",
    "BYTES": "bytes",
    "DATE": {"type": "int", "logicalType": "date"},
    "TIME": {"type": "int", "logicalType": "time-millis"},
    "TIMESTAMP": {"type": "long", "logicalType": "local-timestamp-micros"},
    "TIMESTAMP_LTZ": {"type": "long", "logicalType": "timestamp-micros"},
}


def schema_of(row_type: RowType) -> str:
    """The schema of a row type as JSON. Raises ValueError for what Avro cannot name or hold."""
    return json.dumps(_record(row_type._column()["fields"], "Row"))


def _record(fields: list[dict[str, Any]], name: str) -> dict[str, Any]:
    columns = [{"name": field["name"], "type": ["null", _type(field, f"{name}_{i}")]} for i, field in enumerate(fields)]
    return {"type": "record", "name": name, "fields": columns}


def _type(column: dict[str, Any], name: str) -> Any:
    kind = column["type"]
    if kind == "DECIMAL":
        scale, precision = column["scale"], column["precision"]
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind == "ARRAY":
        return {"type": "array", "items": ["null", _type(column["element"], name)]}
    if kind == "MAP":
        if column["key"]["type"] != "STRING":
            raise ValueError(f"a map that is written to a file has keys of the type STRING, not {column['key']['type']}")
        return {"type": "map", "values": ["null", _type(column["value"], name)]}
    if kind == "ROW":
        return _record(column["fields"], name)
    return _SIMPLE[kind]
