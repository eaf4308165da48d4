"""Types with parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from penstock.common.typeinfo import RowTypeInfo, TypeInformation, Types
from penstock.table.types.base import DataType


class ArrayType(DataType):
    """`list` of one type."""

    def __init__(self, element_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.element_type = _checked(element_type, "ARRAY")

    def _column(self) -> dict[str, Any]:
        return {"type": "ARRAY", "element": self.element_type._column()}

    def _type_info(self) -> TypeInformation:
        return Types.LIST(self.element_type._type_info())

    def __repr__(self) -> str:
        return f"ArrayType({self.element_type!r}, {str(self._nullable).lower()})"


class MapType(DataType):
    """`dict` from one type to another."""

    def __init__(self, key_type: DataType, value_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.key_type = _checked(key_type, "MAP")
        self.value_type = _checked(value_type, "MAP")

    def _column(self) -> dict[str, Any]:
        return {"type": "MAP", "key": self.key_type._column(), "value": self.value_type._column()}

    def _type_info(self) -> TypeInformation:
        return Types.MAP(self.key_type._type_info(), self.value_type._type_info())

    def __repr__(self) -> str:
        return f"MapType({self.key_type!r}, {self.value_type!r}, {str(self._nullable).lower()})"


class RowField:
    """A field of a row type."""

    def __init__(self, name: str, data_type: DataType, description: str | None = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a field is a str, not {name!r}")
        self.name = name
        self.data_type = _checked(data_type, f"the field {name!r}")
        self.description = "..." if description is None else description

    def __repr__(self) -> str:
        return f"RowField({self.name}, {self.data_type!r}, {self.description})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowField) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.name)


class RowType(DataType):
    """`Row` with these fields."""

    def __init__(self, fields: list[RowField] | None = None, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.fields = list(fields or [])
        for field in self.fields:
            if not isinstance(field, RowField):
                raise TypeError(f"a RowType takes fields such as DataTypes.FIELD('id', DataTypes.INT()), not {field!r}")

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return [field.name for field in self.fields]

    def field_names(self) -> list[str]:
        """The names of the fields."""
        return self.names

    def field_types(self) -> list[DataType]:
        """The types of the fields."""
        return [field.data_type for field in self.fields]

    def add(self, field: RowField | str, data_type: DataType | None = None) -> RowType:
        """Append a field, or one of this name and type."""
        if isinstance(field, str):
            if data_type is None:
                raise ValueError(f"add({field!r}) needs the field's type too")
            field = RowField(field, data_type)
        self.fields.append(field)
        return self

    def __iter__(self) -> Iterator[RowField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, key: str | int) -> RowField:
        if isinstance(key, int):
            return self.fields[key]
        for field in self.fields:
            if field.name == key:
                return field
        raise KeyError(f"the row type has no field {key!r}; it has {self.names}")

    def _column(self) -> dict[str, Any]:
        fields = [{"name": field.name, **field.data_type._column()} for field in self.fields]
        return {"type": "ROW", "fields": fields}

    def _type_info(self) -> RowTypeInfo:
        return Types.ROW_NAMED(self.names, [field.data_type._type_info() for field in self.fields])

    def __repr__(self) -> str:
        return f"RowType({','.join(map(repr, self.fields))})"


def _checked(data_type: DataType, where: str) -> DataType:
    if not isinstance(data_type, DataType):
        raise TypeError(f"{where} takes a type such as DataTypes.INT(), not {data_type!r}")
    return data_type


def row_type(given: object, caller: str) -> RowType:
    """The row type that a format was given. Raises TypeError or ValueError if it is none, or has no fields."""
    if not isinstance(given, RowType):
        raise TypeError(f"{caller} takes a row type: DataTypes.ROW([DataTypes.FIELD(name, type), ...]), not {given!r}")
    if not given.fields:
        raise ValueError(f"{caller}: the row type has no fields")
    return given
