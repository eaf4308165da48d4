"""What a tracer has to know of the names, as plain data that other processes read."""

from __future__ import annotations

from types import WrapperDescriptorType
from typing import Any, TypedDict

from penstock._cli.coverage import compare
from penstock._cli.coverage.facts import Name, names


class Table(TypedDict):
    """Names by the ways in which they are recognised."""

    calls: dict[str, list[str]]
    """Functions, by file and line of their code."""
    methods: dict[str, list[list[str]]]
    """Methods, by their own name: the whole name, and the module and name of the class here."""
    constants: dict[str, list[list[str]]]
    """Attributes and methods of Python itself, which no one hears of: the whole name, and the name of the class."""
    classes: dict[str, list[str]]
    """Classes, by their own name."""


def made() -> Table:
    """The table of all names that are here."""
    table = Table(calls={}, methods={}, constants={}, classes={})
    for name in names():
        value = compare.own(name)
        if value is None or compare.difference(name) is not None:
            continue
        owner, _, own_name = name.path.rpartition(".")
        if name.text is not None:
            table["constants"].setdefault(own_name, []).append([name.path, owner.rpartition(".")[2]])
        elif name.parameters is None:
            table["classes"].setdefault(own_name, []).append(name.path)
        else:
            _add_function(table, name, value)
    return table


def _add_function(table: Table, name: Name, value: Any) -> None:
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    if code is not None:
        table["calls"].setdefault(f"{code.co_filename}:{code.co_firstlineno}", []).append(name.path)
    owner, _, own_name = name.path.rpartition(".")
    if isinstance(value, WrapperDescriptorType):
        table["constants"].setdefault(own_name, []).append([name.path, owner.rpartition(".")[2]])
    if owner != name.module:
        qualified = owner[len(name.module) + 1 :]
        module = "penstock" + name.module[len("pyflink") :]
        table["methods"].setdefault(own_name, []).append([name.path, module, qualified])
