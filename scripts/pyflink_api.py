"""Writes down the names, parameters and defaults of PyFlink's modules, which `penstock api` compares with.

    ~/flink-venv/bin/python scripts/pyflink_api.py > python/penstock/_cli/coverage/pyflink_2_3.jsonl

It runs in an environment with apache-flink; no Java is needed. A line is a module with its names and functions, or a
class with what it defines itself: the parameters of its methods, and its attributes.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

PACKAGES = ("pyflink.common", "pyflink.datastream", "pyflink.metrics")
MORE_MODULES = ("pyflink.serializers", "pyflink.util.api_stability_decorators", "pyflink.util.exceptions")
# What methods return, although no `__all__` names it.
UNLISTED = ("AllWindowedStream", "CachedDataStream")
# Modules that only other modules of PyFlink call.
INTERNAL = ("pyflink.datastream.tests", "pyflink.common.tests", "pyflink.metrics.tests")


def main() -> None:
    """Print all lines."""
    classes = {module: list(public_classes(module)) for module in modules()}
    listed = {kind for kinds in classes.values() for kind in kinds}
    for module in classes:
        print(json.dumps(described_module(module), sort_keys=True))
        for kind in classes[module]:
            print(json.dumps(described_class(module, kind, listed), sort_keys=True))


def modules() -> Iterator[ModuleType]:
    """The modules, in alphabetical order."""
    names = set(MORE_MODULES)
    for package in PACKAGES:
        found = importlib.import_module(package)
        names |= {package, *(m.name for m in pkgutil.walk_packages(found.__path__, package + "."))}
    yield from (importlib.import_module(name) for name in sorted(names) if not name.startswith(INTERNAL))


def described_module(module: ModuleType) -> dict[str, Any]:
    """A module's names as `import *` has them, and its functions where they are meant for others."""
    functions = {
        name: parameters(value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    if module.__name__ in MORE_MODULES:
        functions = {}
    return {"module": module.__name__, "names": sorted(getattr(module, "__all__", ())), "functions": functions}


def public_classes(module: ModuleType) -> Iterator[type]:
    """The public classes that a module defines, those within classes too."""
    named = getattr(module, "__all__", vars(module))
    waiting = [
        value
        for name, value in sorted(vars(module).items())
        if isinstance(value, type) and value.__module__ == module.__name__ and (name in named or name in UNLISTED)
    ]
    while waiting:
        kind = waiting.pop(0)
        if not kind.__name__.startswith("_"):
            yield kind
            inner = (value for _, value in sorted(vars(kind).items()) if isinstance(value, type))
            waiting[:0] = [value for value in inner if value.__qualname__.startswith(kind.__qualname__ + ".")]


def described_class(module: ModuleType, kind: type, listed: set[type]) -> dict[str, Any]:
    """What a class defines itself, or has from classes that are not public."""
    methods: dict[str, list[str]] = {}
    attributes: dict[str, str] = {}
    bases = [base for base in kind.__mro__ if base is kind or base not in listed]
    for name, value in [item for base in reversed(bases) for item in vars(base).items()]:
        function = getattr(value, "__func__", value)
        if inspect.isfunction(function):
            # Neither what Enum, dataclass and the like have made, nor what is nobody's business.
            written = "/pyflink/" in function.__code__.co_filename
            if written and (not name.startswith("_") or name.endswith("__")):
                methods[name] = parameters(function)
        elif _is_constant(kind, name, value):
            attributes[name] = re.sub(" at 0x[0-9a-f]+", "", repr(getattr(kind, name)))
    return {"class": f"{module.__name__}.{kind.__qualname__}", "methods": methods, "attributes": attributes}


def _is_constant(kind: type, name: str, value: Any) -> bool:
    if issubclass(kind, Enum):
        return name in kind.__members__
    return not name.startswith("_") and not isinstance(value, type)


def parameters(function: Any) -> list[str]:
    """Parameters as text, with their defaults and without `self`."""
    listed = []
    for parameter in inspect.signature(function).parameters.values():
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
        listed.append(f"{star}{parameter.name}{default}")
    return [text for text in listed if text not in ("self", "cls")]


if __name__ == "__main__":
    main()
