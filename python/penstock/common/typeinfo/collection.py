"""Lists, maps and arrays."""

from __future__ import annotations

from typing import Any

from penstock.common.typeinfo.base import TypeInformation, misfit


class _ElementsTypeInfo(TypeInformation):
    """A type of many values of one type."""

    _name: str
    _shown: str

    def __init__(self, element_type: TypeInformation) -> None:
        super().__init__()
        self._element_type = _declared(element_type, self._shown)

    def _to_json(self) -> dict[str, Any]:
        return {"type": self._name, "element": self._element_type._to_json()}

    def _fit(self, value: Any, where: str) -> Any:
        if not isinstance(value, (list, tuple)):
            raise misfit(value, self, where, "a list")
        element = self._element_type
        return [item if item is None else element._fit(item, f"{where}[{i}]") for i, item in enumerate(value)]

    def __repr__(self) -> str:
        return f"{self._shown}<{self._element_type}>"


class ListTypeInfo(_ElementsTypeInfo):
    """A list."""

    _name = "LIST"
    _shown = "ListTypeInfo"


class PrimitiveArrayTypeInfo(_ElementsTypeInfo):
    """A list of numbers or booleans without None; of bytes, it is a `bytes`."""

    _name = "PRIMITIVE_ARRAY"
    _shown = "PrimitiveArrayTypeInfo"

    def _fit(self, value: Any, where: str) -> Any:
        if self._element_type._to_json() == {"type": "BYTE"} and isinstance(value, (bytes, bytearray)):
            return bytes(value)
        return super()._fit(value, where)


class BasicArrayTypeInfo(_ElementsTypeInfo):
    """A list of scalars, with None where there is none."""

    _name = "BASIC_ARRAY"
    _shown = "BasicArrayTypeInfo"


class ObjectArrayTypeInfo(_ElementsTypeInfo):
    """A list of any other type."""

    _name = "OBJECT_ARRAY"
    _shown = "ObjectArrayTypeInfo"


class MapTypeInfo(TypeInformation):
    """A dict."""

    def __init__(self, key_type_info: TypeInformation, value_type_info: TypeInformation) -> None:
        super().__init__()
        self._key_type_info = _declared(key_type_info, "MapTypeInfo")
        self._value_type_info = _declared(value_type_info, "MapTypeInfo")

    def _to_json(self) -> dict[str, Any]:
        return {"type": "MAP", "key": self._key_type_info._to_json(), "value": self._value_type_info._to_json()}

    def _fit(self, value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise misfit(value, self, where, "a dict")
        fit_key, fit_value = self._key_type_info._fit, self._value_type_info._fit
        return {
            fit_key(key, f"{where} key"): item if item is None else fit_value(item, f"{where}[{key!r}]")
            for key, item in value.items()
        }

    def __repr__(self) -> str:
        return f"MapTypeInfo<{self._key_type_info}, {self._value_type_info}>"


def _declared(type_info: TypeInformation, where: str) -> TypeInformation:
    if not isinstance(type_info, TypeInformation):
        raise TypeError(f"{where} takes a type such as Types.INT(), not {type_info!r}")
    return type_info
