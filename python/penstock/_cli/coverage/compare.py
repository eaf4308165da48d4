"""What is different here from PyFlink."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

from penstock._build.absent import _AbsentClass
from penstock._cli.checking import package
from penstock._cli.coverage.facts import Name

NOT_THERE = "is not there"


def difference(name: Name) -> str | None:
    """Words about what is different; None if nothing is."""
    value = own(name)
    if value is None or isinstance(value, _AbsentClass):
        return NOT_THERE
    if name.text is not None:
        text = _text(value)
        return None if text == _without_modules(name.text) else f"is {text}, PyFlink's is {name.text}"
    lack = package.lack_of(value)
    if lack is not None:
        return lack.words
    if name.parameters is None:
        return None
    here, there = parameters(value), tuple(map(_without_modules, name.parameters))
    # Parameters of what Python has made itself have other names.
    own_names = hasattr(getattr(value, "__func__", value), "__code__")
    if here == there or (not own_names and len(here) == len(there)):
        return None
    return f"has the parameters ({', '.join(here)}), PyFlink's are ({', '.join(there)})"


def own(name: Name) -> Any:
    """The object of this package that has PyFlink's name; a function for a static or class method. None if absent."""
    found: Any = _module(name.module)
    for part in name.within.split("."):
        if found is None or isinstance(found, _AbsentClass):
            return None
        found = getattr(found, part, None)
    return found


def parameters(function: Any) -> tuple[str, ...]:
    """Parameters as text, with their defaults and without `self`."""
    listed = []
    for parameter in inspect.signature(getattr(function, "__func__", function)).parameters.values():
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        default = "" if parameter.default is inspect.Parameter.empty else f"={_text(parameter.default)}"
        listed.append(f"{star}{parameter.name}{default}")
    return tuple(text for text in listed if text not in ("self", "cls"))


def _module(name: str) -> Any:
    try:
        return importlib.import_module("penstock" + name[len("pyflink") :])
    except ModuleNotFoundError:
        return None


def _text(value: Any) -> str:
    """A value's text, without modules and addresses."""
    return _without_modules(re.sub(" at 0x[0-9a-f]+", "", repr(value)))


def _without_modules(text: str) -> str:
    return re.sub(r"\b(pyflink|penstock)\.[a-z_.]+", "", text)
