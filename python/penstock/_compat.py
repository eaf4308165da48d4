"""Makes `import pyflink` mean this package.

`pyflink.x` *is* the module object `penstock.x`: a class imported by either name is the same class.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_FOREIGN = "pyflink"
_OWN = "penstock"


class PyFlinkFinder:
    """Answers imports of `pyflink` and everything below it with this package's modules: a finder and its loader.

    Without the base classes of `importlib.abc`, whose import is slow.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module under PyFlink's name; None for other packages."""
        if fullname != _FOREIGN and not fullname.startswith(_FOREIGN + "."):
            return None
        try:
            own = importlib.import_module(_own_name(fullname))
        except ModuleNotFoundError as error:
            if error.name is None or not _own_name(fullname).startswith(error.name):
                raise
            return None
        loader: Any = self
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=hasattr(own, "__path__"))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """This package's module."""
        module = importlib.import_module(_own_name(spec.name))
        # The import system is about to write the spec of PyFlink's name over the module's own.
        self._kept[spec.name] = {name: getattr(module, name) for name in _WRITTEN if hasattr(module, name)}
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the module has run under its own name. Only its own name and spec come back."""
        assert module.__spec__ is not None
        for name, value in self._kept.pop(module.__spec__.name, {}).items():
            setattr(module, name, value)

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, object]] = {}


_WRITTEN = ("__name__", "__spec__", "__loader__", "__package__", "__path__")


def install() -> None:
    """Make `import pyflink` mean this package from here on. A second call changes nothing."""
    if any(isinstance(finder, PyFlinkFinder) for finder in sys.meta_path):
        return
    for name in [name for name in sys.modules if name == _FOREIGN or name.startswith(_FOREIGN + ".")]:
        del sys.modules[name]
    sys.meta_path.insert(0, PyFlinkFinder())


def _own_name(fullname: str) -> str:
    return _OWN + fullname[len(_FOREIGN) :]
