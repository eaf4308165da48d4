"""What is in a CSV file: its columns, and how they are told apart."""

from __future__ import annotations

from typing import Any

from penstock.table.types import DataType, DataTypes, NumericType, RowField, RowType
from penstock.table.types.nested import row_type as checked


class CsvSchema:
    """The columns of a file and its dialect; made by `builder()`. `j_schema` are the engine's options."""

    def __init__(self, j_schema: dict[str, Any], row_type: RowType) -> None:
        self._options = j_schema
        self._row_type = checked(row_type, "CsvSchema")

    @staticmethod
    def builder() -> CsvSchemaBuilder:
        """Begin a schema."""
        return CsvSchemaBuilder()

    def size(self) -> int:
        """The number of columns."""
        return len(self._row_type)

    def __len__(self) -> int:
        return self.size()

    def __repr__(self) -> str:
        return f"CsvSchema({self._row_type!r}, {self._options!r})"

    def _columns(self) -> list[dict[str, Any]]:
        """The engine's form of the columns."""
        separators = self._options["element_separators"]
        columns: list[dict[str, Any]] = self._row_type._column()["fields"]
        return [
            {**column, "element_separator": separators[at]} if at in separators else column
            for at, column in enumerate(columns)
        ]

    def _dialect(self) -> dict[str, Any]:
        """The engine's form of everything else."""
        return {name: value for name, value in self._options.items() if name != "element_separators"}


class CsvSchemaBuilder:
    """Makes a CsvSchema.

    Columns are those of the file, in its order. Fields are between commas and may be in double quotes.
    """

    def __init__(self) -> None:
        self._fields: list[RowField] = []
        self._options: dict[str, Any] = {"separator": ",", "quote": '"', "line_separator": "\n"}
        self._separators: dict[int, str | None] = {}

    def build(self) -> CsvSchema:
        """The schema. Raises ValueError without columns."""
        options = {**self._options, "element_separators": dict(self._separators)}
        return CsvSchema(options, DataTypes.ROW(list(self._fields)))

    def add_array_column(
        self, name: str, separator: str = ";", element_type: DataType | None = None
    ) -> CsvSchemaBuilder:
        """A column of arrays (of text unless something else is said), with a separator between their elements."""
        self._separators[len(self._fields)] = separator
        return self._add(name, DataTypes.ARRAY(DataTypes.STRING() if element_type is None else element_type))

    def add_boolean_column(self, name: str) -> CsvSchemaBuilder:
        """A column of booleans: `true` in any case, everything else is False."""
        return self._add(name, DataTypes.BOOLEAN())

    def add_number_column(self, name: str, number_type: NumericType | None = None) -> CsvSchemaBuilder:
        """A column of numbers, of the type BIGINT unless another one is named."""
        if number_type is not None and not isinstance(number_type, NumericType):
            raise TypeError(f"add_number_column({name!r}) takes a type such as DataTypes.DOUBLE(), not {number_type!r}")
        return self._add(name, DataTypes.BIGINT() if number_type is None else number_type)

    def add_string_column(self, name: str) -> CsvSchemaBuilder:
        """A column of text."""
        return self._add(name, DataTypes.STRING())

    def add_columns_from(self, schema: CsvSchema) -> CsvSchemaBuilder:
        """The columns of another schema."""
        for at, separator in schema._options["element_separators"].items():
            self._separators[len(self._fields) + at] = separator
        self._fields.extend(schema._row_type)
        return self

    def clear_columns(self) -> CsvSchemaBuilder:
        """No columns."""
        self._fields.clear()
        self._separators.clear()
        return self

    def set_allow_comments(self, allow: bool = True) -> CsvSchemaBuilder:
        """Whether lines that begin with `#` are skipped."""
        return self._set("comments", allow)

    def set_any_property_name(self, name: str) -> CsvSchemaBuilder:
        """Allow more fields than columns: those beyond the last one are dropped, as Flink does."""
        return self._set("extra_fields", True)

    def disable_array_element_separator(self) -> CsvSchemaBuilder:
        """Arrays that are added without a separator of their own have one element."""
        return self._set("array_element_separator", None)

    def remove_array_element_separator(self, index: int) -> CsvSchemaBuilder:
        """The arrays of this column have one element."""
        if self._separators.get(index) is None:
            raise ValueError(f"column {index} is no array with a separator")
        self._separators[index] = None
        return self

    def set_array_element_separator(self, separator: str) -> CsvSchemaBuilder:
        """The separator of array columns that have none of their own; `add_array_column` always gives one."""
        return self._set("array_element_separator", separator)

    def set_column_separator(self, char: str) -> CsvSchemaBuilder:
        """What is between fields: a comma unless something else is said."""
        return self._set("separator", _one_character("Column separator", char))

    def disable_escape_char(self) -> CsvSchemaBuilder:
        """No character takes the meaning of the next one away."""
        return self._set("escape", None)

    def set_escape_char(self, char: str) -> CsvSchemaBuilder:
        """A character that takes the meaning of the next one away."""
        return self._set("escape", _one_character("Escape char", char))

    def set_line_separator(self, separator: str) -> CsvSchemaBuilder:
        """What ends the lines that are written. Read are lines with any of the usual ends."""
        return self._set("line_separator", separator)

    def set_null_value(self, null_value: str) -> CsvSchemaBuilder:
        """The text that stands for None."""
        return self._set("null_value", null_value)

    def disable_quote_char(self) -> CsvSchemaBuilder:
        """Fields are not quoted."""
        return self._set("quote", None)

    def set_quote_char(self, char: str) -> CsvSchemaBuilder:
        """What fields are quoted with: `"` unless something else is said."""
        return self._set("quote", _one_character("Quote char", char))

    def set_skip_first_data_row(self, skip: bool = True) -> CsvSchemaBuilder:
        """Whether the first record (behind the header) is skipped."""
        return self._set("skip_first", skip)

    def set_strict_headers(self, strict: bool = True) -> CsvSchemaBuilder:
        """Whether the header has to name the columns as the schema does; otherwise it is only skipped."""
        return self._set("strict_header", strict)

    def set_use_header(self, use: bool = True) -> CsvSchemaBuilder:
        """Whether the first line names the columns."""
        return self._set("header", use)

    def size(self) -> int:
        """The number of columns so far."""
        return len(self._fields)

    def __len__(self) -> int:
        return self.size()

    def _add(self, name: str, data_type: DataType) -> CsvSchemaBuilder:
        self._fields.append(RowField(name, data_type))
        return self

    def _set(self, name: str, value: Any) -> CsvSchemaBuilder:
        self._options[name] = value
        return self


def _one_character(what: str, char: str) -> str:
    if len(char) != 1:
        raise ValueError(f"{what} must be a single char, got {char}")
    return char
