"""Names of PyFlink that Penstock does not have yet: they can be imported, and any use raises NotInPenstockError."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NoReturn

from penstock.util.exceptions import NotInPenstockError


class _AbsentClass(type):
    """The class of absent classes. They may stand in annotations and in `isinstance`; everything else raises."""

    _hint: str

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _AbsentClass:
        if bases:
            raise NotInPenstockError(bases[0].__module__ + "." + bases[0].__qualname__, getattr(bases[0], "_hint", ""))
        return super().__new__(mcs, name, bases, namespace)

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotInPenstockError(f"{cls.__module__}.{cls.__qualname__}", cls._hint)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotInPenstockError(f"{cls.__module__}.{cls.__qualname__}.{name}", cls._hint)

    def __getitem__(cls, item: Any) -> _AbsentClass:
        return cls


def absent_names(module: str, names: Sequence[str], hint: str = "") -> Callable[[str], Any]:
    """`__getattr__` for a module in which these names are absent."""
    made: dict[str, Any] = {}

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name not in made:
            made[name] = _AbsentClass(name, (), {"__module__": module, "_hint": hint})
        return made[name]

    return get


class AbsentModules:
    """Finds modules below a package that is absent as a whole: each of their names can be imported."""

    def __init__(self, package: str, hint: str) -> None:
        self._package = package
        self._hint = hint

    def install(self) -> None:
        """Find the package's modules from here on, unless they exist."""
        if not any(isinstance(finder, AbsentModules) and finder._package == self._package for finder in sys.meta_path):
            sys.meta_path.append(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module below the package."""
        if not fullname.startswith(self._package + "."):
            return None
        loader: Any = self
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """A module as Python makes it."""

    def exec_module(self, module: ModuleType) -> None:
        """Make every name of the module absent."""
        name, hint = module.__name__, self._hint

        def get(attribute: str) -> Any:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return absent_names(name, [attribute], hint)(attribute)

        vars(module)["__getattr__"] = get
