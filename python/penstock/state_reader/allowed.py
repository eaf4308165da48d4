"""The classes whose values a reader of state makes itself: a short list, each with arguments that are checked first."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import uuid
from collections.abc import Callable
from typing import Any

_LONGEST_NUMBER = 1000


class Refused(Exception):
    """The class is not on the list, or the arguments are not those that its pickles have."""


def make(qualified_name: str, arguments: tuple[Any, ...]) -> Any:
    """A value of an allowed class. Raises `Refused` for everything else."""
    maker = _ALLOWED.get(qualified_name)
    if maker is None:
        raise Refused(qualified_name)
    try:
        return maker(*arguments)
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"{qualified_name}: {error}") from None


def _only(kinds: tuple[type, ...], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if not all(type(argument) in kinds for argument in arguments):
        raise Refused("other arguments than its pickles have")
    return arguments


def _sequence(kind: Callable[[Any], Any]) -> Callable[..., Any]:
    def made(items: Any = ()) -> Any:
        _only((list, tuple), (items,))
        # What was not hashed yet is hashed here: only what is cheap to hash.
        _only((int, str, bytes, float, bool, type(None)), tuple(items))
        return kind(items)

    return made


def _bytearray(*arguments: Any) -> bytearray:
    match arguments:
        case ():
            return bytearray()
        case (bytes() as data,):
            return bytearray(data)
        case (str() as text, "latin-1"):
            return bytearray(text, "latin-1")
        case _:
            raise Refused("other arguments than its pickles have")


def _bytes(text: Any, encoding: Any) -> bytes:
    """`_codecs.encode`, by which old protocols write bytes."""
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise Refused("another encoding")
    return text.encode("latin-1")


def _dict(kind: Callable[[], dict[Any, Any]]) -> Callable[..., Any]:
    def made(*arguments: Any) -> Any:
        result = kind()
        for argument in arguments:
            if type(argument) is dict:
                result.update(argument)
        return result

    return made


def _deque(items: Any = (), longest: Any = None) -> collections.deque[Any]:
    _only((list, tuple), (items,))
    _only((int, type(None)), (longest,))
    return collections.deque(items, longest)


def _number(kind: Callable[[str], Any]) -> Callable[..., Any]:
    def made(text: Any) -> Any:
        if type(text) is not str or len(text) > _LONGEST_NUMBER:
            raise Refused("no number")
        return kind(text)

    return made


def set_uuid(made: uuid.UUID, number: Any) -> None:
    """Give a UUID that `make` has made its number, which a pickle has in the object's state."""
    if type(number) is not int or not 0 <= number < 2**128:
        raise ValueError("no number of a UUID")
    object.__setattr__(made, "int", number)


def _fraction(*arguments: Any) -> fractions.Fraction:
    match arguments:
        case (str() as text,) if len(text) <= _LONGEST_NUMBER and "e" not in text.lower():
            return fractions.Fraction(text)
        case (int() as over, int() as under):
            return fractions.Fraction(over, under)
        case _:
            raise Refused("no number")


_TIME = (int, bytes, datetime.timezone, datetime.timedelta, type(None), str)


def _temporal(kind: Any) -> Callable[..., Any]:
    return lambda *arguments: kind(*_only(_TIME, arguments))


_ALLOWED: dict[str, Callable[..., Any]] = {
    "builtins.set": _sequence(set),
    "builtins.frozenset": _sequence(frozenset),
    "builtins.bytearray": _bytearray,
    "builtins.complex": lambda *parts: complex(*_only((int, float), parts)),
    "builtins.range": lambda *parts: range(*_only((int,), parts)),
    "builtins.xrange": lambda *parts: range(*_only((int,), parts)),
    "builtins.slice": lambda *parts: slice(*_only((int, type(None)), parts)),
    "_codecs.encode": _bytes,
    "collections.OrderedDict": _dict(collections.OrderedDict),
    # Its factory is not looked up: a missing key stays missing.
    "collections.defaultdict": _dict(collections.defaultdict),
    "collections.Counter": _dict(collections.Counter),
    "collections.deque": _deque,
    "datetime.date": _temporal(datetime.date),
    "datetime.time": _temporal(datetime.time),
    "datetime.datetime": _temporal(datetime.datetime),
    "datetime.timedelta": _temporal(datetime.timedelta),
    "datetime.timezone": _temporal(datetime.timezone),
    "decimal.Decimal": _number(decimal.Decimal),
    "fractions.Fraction": _fraction,
    "uuid.UUID": lambda: uuid.UUID(int=0),
}
