"""Rows as lines of CSV, written as Flink writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from penstock._runtime.java_numbers import decimal_text, double_text, float_text
from penstock.common.types import Row

Text = Callable[[Any], str]

# Texts that are longer are quoted without a look at them.
_ALWAYS_QUOTED = 24


@dataclass(frozen=True)
class Dialect:
    """Which characters have a meaning, and what stands for None."""

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    null_value: str = ""
    line_separator: str = "\n"

    def quoted(self, text: str) -> str:
        """The text, in quotes where it may need them."""
        if self.quote is None or not self._may_need_quotes(text):
            return text
        if self.escape is not None:
            text = text.replace(self.escape, self.escape * 2)
        return f"{self.quote}{text.replace(self.quote, self.quote * 2)}{self.quote}"

    def _may_need_quotes(self, text: str) -> bool:
        # Whatever comes before the last of the characters with a meaning counts as one.
        largest = max(self.separator, self.quote or "", *self.line_separator, "\r")
        return len(text) > _ALWAYS_QUOTED or any(c <= largest or c in ("\\", self.escape) for c in text)


def line_writer(columns: Sequence[dict[str, Any]], dialect: Dialect) -> Callable[[Any], str]:
    """What makes a line, without its end, of a row with these columns (in the engine's form)."""
    texts = [_column(column, dialect) for column in columns]
    names = [column["name"] for column in columns]

    def line(row: Any) -> str:
        values = row._values if isinstance(row, Row) else row
        if len(values) != len(texts):
            raise ValueError(f"the schema has {len(texts)} columns {names}, but {row!r} has {len(values)} fields")
        return dialect.separator.join(
            dialect.null_value if value is None else text(value) for text, value in zip(texts, values, strict=True)
        )

    return line


def _column(column: dict[str, Any], dialect: Dialect) -> Text:
    if column["type"] == "ARRAY":
        element, separator = _scalar(column["element"]), column.get("element_separator") or ""
        return lambda values: dialect.quoted(separator.join("" if v is None else element(v) for v in values))
    text = _scalar(column)
    return (lambda value: dialect.quoted(text(value))) if column["type"] == "STRING" else text


def _scalar(column: dict[str, Any]) -> Text:
    return _SCALARS[column["type"]]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} ({type(value).__name__}) is no str")
    return value


_SCALARS: dict[str, Text] = {
    "STRING": _text,
    "BOOLEAN": lambda value: "true" if value else "false",
    "TINYINT": lambda value: str(int(value)),
    "SMALLINT": lambda value: str(int(value)),
    "INT": lambda value: str(int(value)),
    "BIGINT": lambda value: str(int(value)),
    "FLOAT": float_text,
    "DOUBLE": double_text,
    "DECIMAL": decimal_text,
}
