"""What a name in a script can stand for, as far as reading it tells. None is everything that is not known."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from penstock._cli.checking import package
from penstock._cli.checking.findings import Lack, unknown


@dataclass(frozen=True)
class Known:
    """A module, class or function of the package. `owner` is the class that a method was taken from."""

    value: Any
    owner: type | None = None


@dataclass(frozen=True)
class Instance:
    """An object of a class of the package, or of the script's own class below it, which may have more (`more`)."""

    cls: type
    more: bool = False


@dataclass(frozen=True)
class Subclass:
    """A class of the script below one of the package."""

    base: type


Value: TypeAlias = "Known | Instance | Subclass | None"


@dataclass(frozen=True)
class Step:
    """What one attribute or call leads to, and what Penstock lacks for it."""

    value: Value = None
    lack: Lack | None = None


NOTHING = Step()


def attribute(of: Value, name: str) -> Step:
    """`of.name`."""
    if isinstance(of, Known) and isinstance(of.value, ModuleType):
        return _of_module(of.value, name)
    if isinstance(of, Known) and isinstance(of.value, type):
        return _of_class(of.value, name)
    if isinstance(of, Instance):
        return _of_instance(of, name)
    if isinstance(of, Subclass):
        return Step(_of_class(of.base, name).value)
    return NOTHING


def called(of: Value) -> Step:
    """`of(...)`."""
    if isinstance(of, Subclass):
        return Step(Instance(of.base, more=True))
    if not isinstance(of, Known) or isinstance(of.value, ModuleType):
        return NOTHING
    lack = package.lack_of(of.value)
    if lack is not None:
        return Step(None, lack)
    if isinstance(of.value, type):
        return Step(Instance(of.value))
    result = package.returned(of.value, of.owner)
    if result is None:
        return NOTHING
    # A factory of something that is not there.
    lack = package.lack_of(result)
    return Step(None, lack) if lack is not None else Step(Instance(result))


def _of_module(module: ModuleType, name: str) -> Step:
    if not hasattr(module, name):
        below = package.load(f"{module.__name__}.{name}") if hasattr(module, "__path__") else None
        return Step(Known(below)) if below else Step(None, unknown(f"{package.shown(module.__name__)}.{name}"))
    value = getattr(module, name)
    lack = package.absent(value)
    return Step(None, lack) if lack is not None else Step(_known(value))


def _known(value: Any) -> Value:
    if isinstance(value, (ModuleType, type, FunctionType)):
        return Known(value) if package.is_own(getattr(value, "__module__", None) or value.__name__) else None
    return Instance(type(value)) if package.is_own(type(value).__module__) else None


def _of_class(cls: type, name: str) -> Step:
    if not hasattr(cls, name):
        return Step(None, None if _is_special(name) or _may_grow(type(cls)) else unknown(f"{cls.__qualname__}.{name}"))
    value = getattr(cls, name)
    value = getattr(value, "__func__", value)
    return Step(Known(value, cls) if isinstance(value, FunctionType) else _known(value))


def _of_instance(of: Instance, name: str) -> Step:
    member = inspect.getattr_static(of.cls, name, None)
    if isinstance(member, property):
        assert member.fget is not None
        result = package.returned(member.fget, of.cls)
        return Step(Instance(result) if result else None, package.lack_of(member.fget))
    member = getattr(member, "__func__", member)
    if isinstance(member, FunctionType):
        return Step(Known(member, of.cls))
    if of.more or _is_special(name) or package.has_attribute(of.cls, name):
        return NOTHING
    return Step(None, unknown(f"{of.cls.__qualname__}.{name}"))


def _is_special(name: str) -> bool:
    return name.startswith("__")


def _may_grow(metaclass: type) -> bool:
    return any("__getattr__" in base.__dict__ for base in metaclass.__mro__)
