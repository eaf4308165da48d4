"""Questions about the package: what it has, what it has by name only, what its functions return."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from penstock._build.absent import AbsentModules, _AbsentClass
from penstock._build.not_built_in import USE_INSTEAD
from penstock._cli.checking.findings import Lack, java, not_built_in, not_yet

_NAMES = ("pyflink", "penstock")


def is_own(module: str) -> bool:
    """Whether this is the name of a module of PyFlink, or of the package itself."""
    return module.partition(".")[0] in _NAMES


def load(module: str) -> ModuleType | None:
    """The package's module under PyFlink's name or its own; None if there is none."""
    own = "penstock" + module[len(module.partition(".")[0]) :]
    try:
        return importlib.import_module(own)
    except ModuleNotFoundError as error:
        if error.name is None or not own.startswith(error.name):
            raise
        return None


def shown(module: str) -> str:
    """A module under the name that scripts call it by."""
    return "pyflink" + module[len("penstock") :] if module.startswith("penstock") else module


def absent(value: Any) -> Lack | None:
    """What is missing if this stands for something that the package does not have."""
    if not isinstance(value, _AbsentClass):
        return None
    return not_yet(f"{shown(value.__module__)}.{value.__qualname__}", value._hint)


def absent_part(module: str) -> Lack | None:
    """What is missing if this module belongs to a part that is not there as a whole."""
    own = "penstock" + module[len(module.partition(".")[0]) :]
    for finder in sys.meta_path:
        if isinstance(finder, AbsentModules) and (own + ".").startswith(finder._package + "."):
            return not_yet(shown(own), finder._hint)
    return None


def lack_of(function: Any) -> Lack | None:
    """What is missing if all that this function or class does is to say that it is not there."""
    if isinstance(function, type):
        return absent(function) or lack_of(function.__dict__.get("__init__"))
    return _lack_of_function(function) if isinstance(function, FunctionType) else None


@cache
def _lack_of_function(function: FunctionType) -> Lack | None:
    if not function.__module__.startswith("penstock"):
        return None
    if USE_INSTEAD in vars(function):
        return not_built_in(function.__qualname__.removesuffix(".__init__"), vars(function)[USE_INSTEAD])
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):  # made without a file
        return None
    if not isinstance(parsed, ast.FunctionDef):
        return None
    statements = [s for s in parsed.body if not isinstance(s, (ast.Import, ast.ImportFrom)) and not _is_text(s)]
    if not statements or not isinstance(statements[0], ast.Raise):
        return None
    return _lack_of_raise(statements[0].exc, function.__qualname__.removesuffix(".__init__"))


def _lack_of_raise(raised: ast.expr | None, called: str) -> Lack | None:
    if not isinstance(raised, ast.Call) or not isinstance(raised.func, ast.Name):
        return None
    texts = [argument.value for argument in raised.args if isinstance(argument, ast.Constant)]
    name, hint = str(texts[0]) if texts else called, str(texts[1]) if len(texts) > 1 else ""
    if raised.func.id == "NotInPenstockError":
        return not_yet(name, hint)
    return java(name) if raised.func.id == "NoJavaError" else None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def has_attribute(cls: type, name: str) -> bool:
    """Whether instances of the class have the attribute, or may have it."""
    if any(name in base.__dict__ or "__getattr__" in base.__dict__ for base in cls.__mro__):
        return True
    return any(name in _set_in_init(base) for base in cls.__mro__)


@cache
def _set_in_init(cls: type) -> frozenset[str]:
    init = cls.__dict__.get("__init__")
    return frozenset(init.__code__.co_names) if isinstance(init, FunctionType) else frozenset()


def returned(function: Callable[..., Any], owner: type | None) -> type | None:
    """The class of the package that a function says it returns; None if it says something else."""
    return _annotated(function, "return", owner)


def parameter(function: Callable[..., Any], position: int) -> type | None:
    """The class of the package that a function says one of its parameters is; the first has the position 0."""
    code = getattr(function, "__code__", None)
    if code is None or position >= code.co_argcount:
        return None
    return _annotated(function, code.co_varnames[position], None)


def _annotated(function: Callable[..., Any], name: str, owner: type | None) -> type | None:
    annotation = getattr(function, "__annotations__", {}).get(name)
    if isinstance(annotation, type):
        return annotation
    if not isinstance(annotation, str):
        return None
    if annotation == "Self":
        return owner
    scope = {**vars(sys.modules[function.__module__])}
    return _class_of(ast.parse(annotation, mode="eval").body, scope)


def _class_of(node: ast.expr, scope: dict[str, Any]) -> type | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _class_of(ast.parse(node.value, mode="eval").body, scope)
    if isinstance(node, ast.BinOp):
        # Of `Class | None` the class.
        sides = [side for side in (node.left, node.right) if not isinstance(side, ast.Constant)]
        return _class_of(sides[0], scope) if len(sides) == 1 else None
    if isinstance(node, ast.Subscript):
        return _class_of(node.value, scope)
    if isinstance(node, ast.Attribute):
        outer = _class_of(node.value, scope)
        found = getattr(outer, node.attr, None) if outer is not None else None
    else:
        found = scope.get(node.id) or _public_classes().get(node.id) if isinstance(node, ast.Name) else None
    return found if isinstance(found, type) and found.__module__.startswith("penstock") else None


@cache
def _public_classes() -> dict[str, type]:
    """Classes that annotations name without importing them where the module runs."""
    found: dict[str, type] = {}
    modules = ["common", "datastream", "datastream.functions", "datastream.state", "datastream.connectors.kafka"]
    for module in modules:
        for name, value in vars(importlib.import_module(f"penstock.{module}")).items():
            if isinstance(value, type):
                found.setdefault(name, value)
    return found
