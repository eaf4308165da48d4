"""Writes the reference of the Python API from its docstrings, a Markdown page for each module.

    python scripts/api_reference.py build/reference

It imports the package and looks at the public names of its packages that scripts import from.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock._build.absent import _AbsentClass

PACKAGES = ("penstock.common", "penstock.connectors", "penstock.datastream", "penstock.metrics")
# Packages whose modules scripts import from.
NESTED = ("penstock.datastream.connectors", "penstock.datastream.formats")


@dataclass(frozen=True)
class Entry:
    """A class, function, method or value, under the name that it has in its module."""

    name: str
    value: Any
    owner: type | None = None

    @property
    def doc(self) -> str:
        """Its docstring; that of the method that it overrides where it has none."""
        return inspect.getdoc(self.value) or ""


def modules() -> Iterator[ModuleType]:
    """The modules that scripts import from: those below the packages, and what is below these only through them."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.iter_modules(package.__path__, name + "."):
            module = importlib.import_module(found.name)
            yield module
            if found.name in NESTED:
                below = pkgutil.iter_modules(module.__path__, found.name + ".")
                yield from (importlib.import_module(inner.name) for inner in below)


def entries(module: ModuleType) -> Iterator[Entry]:
    """The classes and functions of a module, each followed by its members."""
    exported = getattr(module, "__all__", None) if hasattr(module, "__path__") else None
    for name in sorted(exported if exported is not None else vars(module)):
        value = getattr(module, name)
        home = getattr(value, "__module__", "")
        if name.startswith("_") or not (home == module.__name__ or home.startswith(module.__name__ + ".")):
            continue
        if isinstance(value, _AbsentClass):
            continue
        if isinstance(value, type):
            yield from _class_entries(name, value)
        elif inspect.isfunction(value):
            yield Entry(name, value)


def _class_entries(name: str, kind: type) -> Iterator[Entry]:
    yield Entry(name, kind)
    inner = []
    for member, value in _members(kind):
        value = getattr(value, "__func__", value)
        if isinstance(value, type) and value.__qualname__.startswith(kind.__qualname__):
            inner.append((f"{name}.{member}", value))
        elif inspect.isfunction(value) or isinstance(value, property):
            yield Entry(f"{name}.{member}", value, kind)
    for inner_name, value in inner:
        yield from _class_entries(inner_name, value)


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """What a class defines, and what it has from classes that have no place of their own in the reference."""
    seen = set()
    package = importlib.import_module(kind.__module__).__package__
    for base in kind.__mro__:
        parts = base is not kind and base.__module__.rpartition(".")[0] == package
        exported = getattr(sys.modules.get(package or ""), "__all__", ())
        if base is kind or (parts and base.__name__ not in exported and package not in PACKAGES):
            for member, value in vars(base).items():
                if not member.startswith("_") and member not in seen:
                    seen.add(member)
                    yield member, value


def page(module: ModuleType) -> str:
    """The page of a module; empty if it has nothing of its own."""
    described = [_described(entry) for entry in entries(module)]
    if not described:
        return ""
    return "\n".join([f"# {module.__name__}", "", _markdown(inspect.getdoc(module) or ""), "", *described])


def _described(entry: Entry) -> str:
    level = "##" if entry.owner is None else "###"
    lines = [f"{level} `{entry.name}{_signature(entry)}`", "", _markdown(entry.doc), ""]
    if isinstance(entry.value, type) and issubclass(entry.value, enum.Enum):
        lines += [f"- `{member}`" for member in entry.value.__members__] + [""]
    return "\n".join(lines)


def _signature(entry: Entry) -> str:
    value = entry.value
    if isinstance(value, property) or (isinstance(value, type) and issubclass(value, enum.Enum)):
        return ""
    try:
        signature = str(inspect.signature(value)).replace("'", "")
    except (TypeError, ValueError):
        return ""
    signature = re.sub(r"\((self|cls)(: \w+)?(, |(?=\)))", "(", signature)
    return signature.removesuffix(" -> None") if isinstance(value, type) else signature


def _markdown(doc: str) -> str:
    """A docstring with its indented examples as blocks of code."""
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", doc):
        if block.startswith("    "):
            lines += ["```python", textwrap.dedent(block), "```", ""]
        else:
            lines += [block, ""]
    return "\n".join(lines).rstrip()


def main(folder: Path) -> None:
    """Write all pages, and one that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = ["# Reference", ""]
    for module in modules():
        text = page(module)
        if text:
            (folder / f"{module.__name__}.md").write_text(text, encoding="utf-8")
            first = (inspect.getdoc(module) or "").partition("\n")[0]
            listed.append(f"- [{module.__name__}]({module.__name__}.md): {first}")
    (folder / "README.md").write_text("\n".join([*listed, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
