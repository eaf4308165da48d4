"""The names of PyFlink 2.3."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("pyflink_2_3.jsonl")


@dataclass(frozen=True)
class Name:
    """A class, a method, an attribute or a function of PyFlink.

    `path` is its whole name, `module` where it is defined. A method or function has `parameters`, as text with
    defaults; an attribute has the `text` of its value; a class has neither.
    """

    path: str
    module: str
    parameters: tuple[str, ...] | None = None
    text: str | None = None

    @property
    def within(self) -> str:
        """The name within its module."""
        return self.path[len(self.module) + 1 :]


def names() -> list[Name]:
    """All names, module by module; a class comes before its members."""
    found: list[Name] = []
    module = ""
    for entry in entries():
        module = entry.get("module", module)
        for function, parameters in entry.get("functions", {}).items():
            found.append(Name(f"{module}.{function}", module, tuple(parameters)))
        path = entry.get("class")
        if path is not None:
            found.append(Name(path, module))
            found += [Name(f"{path}.{name}", module, tuple(listed)) for name, listed in entry["methods"].items()]
            found += [Name(f"{path}.{name}", module, text=text) for name, text in entry["attributes"].items()]
    return found


def exported() -> dict[str, list[str]]:
    """What `from module import *` gives, by module."""
    return {entry["module"]: entry["names"] for entry in entries() if "module" in entry}


def entries() -> list[dict[str, Any]]:
    """The lines of the file."""
    return [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]
