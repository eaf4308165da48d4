"""What all declared types have in common."""

from __future__ import annotations

from typing import Any, NoReturn


class TypeInformation:
    """A declared type."""

    def __init__(self) -> None:
        pass

    def get_java_type_info(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("TypeInformation.get_java_type_info")

    def need_conversion(self) -> bool:
        """Whether values change on their way between a script and the engine: never here."""
        return False

    def to_internal_type(self, obj: Any) -> Any:
        """The engine's form of a value: the value itself."""
        return obj

    def from_internal_type(self, obj: Any) -> Any:
        """The script's form of a value: the value itself."""
        return obj

    def _to_json(self) -> dict[str, Any]:
        """The form in which the engine takes the type."""
        raise NotImplementedError(f"{type(self).__name__} is not a type that the engine knows: take one of Types.*")

    def _fit(self, value: Any, where: str) -> Any:
        """The value as this type holds it. Raises TypeError, naming `where`, if it does not fit."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._to_json() == other._to_json()

    __hash__ = None  # type: ignore[assignment]


def misfit(value: Any, type_info: TypeInformation, where: str, expected: str) -> TypeError:
    """The error of a value that its declared type cannot hold."""
    shown = repr(value)
    if len(shown) > 200:
        shown = shown[:200] + "…"
    return TypeError(
        f"{where}: {shown} ({type(value).__name__}) does not fit the declared type {type_info}, which takes {expected}"
    )
