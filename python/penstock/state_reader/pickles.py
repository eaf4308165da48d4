"""Reads pickles of others without running anything of them.

A pickle is a program for a small machine that may import modules and call what it finds there. This machine does
neither: it knows the instructions that make numbers, text and containers, makes values of a few classes of the standard
library itself from arguments that it has looked at, and puts a `PickledObject` wherever anything else would be called.
"""

from __future__ import annotations

import pickletools
import uuid
from collections.abc import Callable
from typing import Any

from penstock.state_reader.allowed import Refused, make, set_uuid
from penstock.state_reader.placeholders import PickledName, PickledObject

_LARGEST_KEY = 10_000
_MARK = object()


def unpickled_safely(data: bytes) -> Any:
    """The value in a pickle, with placeholders for what would have to be imported or called.

    Raises:
        ValueError: the bytes are no pickle.
    """
    try:
        return _Machine().run(data)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not a pickle that can be read: {type(error).__name__}: {error}") from None


class _Machine:
    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        for opcode, argument, _ in pickletools.genops(data):
            name = opcode.name
            if name == "STOP":
                return self._stack.pop()
            if name in _PUSHING:
                self._stack.append(argument)
            elif name in _CONSTANTS:
                self._stack.append(_CONSTANTS[name]())
            elif name in _INSTRUCTIONS:
                _INSTRUCTIONS[name](self, argument)
            elif name not in ("PROTO", "FRAME"):
                raise ValueError(f"the instruction {name} is not known here")
        raise ValueError("it has no end")

    def _pop_mark(self) -> list[Any]:
        for position in range(len(self._stack) - 1, -1, -1):
            if self._stack[position] is _MARK:
                items = self._stack[position + 1 :]
                del self._stack[position:]
                return items
        raise ValueError("a mark is missing")

    def mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def pop(self, _: Any) -> None:
        self._stack.pop()

    def pop_mark(self, _: Any) -> None:
        self._pop_mark()

    def dup(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def get(self, index: int) -> None:
        self._stack.append(self._memo[int(index)])

    def put(self, index: int) -> None:
        self._memo[int(index)] = self._stack[-1]

    def memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def make_list(self, _: Any) -> None:
        self._stack.append(self._pop_mark())

    def make_tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._pop_mark()))

    def short_tuple(self, length: int) -> None:
        items = tuple(self._stack[-length:])
        if len(items) < length:
            raise ValueError("a tuple is cut off")
        del self._stack[-length:]
        self._stack.append(items)

    def make_dict(self, _: Any) -> None:
        items = self._pop_mark()
        self._stack.append({bounded_key(k): v for k, v in zip(items[::2], items[1::2], strict=True)})

    def make_frozenset(self, _: Any) -> None:
        self._stack.append(frozenset(map(bounded_key, self._pop_mark())))

    def append(self, _: Any) -> None:
        self._extend([self._stack.pop()])

    def appends(self, _: Any) -> None:
        self._extend(self._pop_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, PickledObject):
            target.items.extend(items)
        else:
            target.extend(items)

    def set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set([(key, value)])

    def set_items(self, _: Any) -> None:
        items = self._pop_mark()
        self._set(list(zip(items[::2], items[1::2], strict=True)))

    def _set(self, pairs: list[tuple[Any, Any]]) -> None:
        target = self._stack[-1]
        if isinstance(target, PickledObject):
            target.items.extend(pairs)
        elif isinstance(target, dict):
            target.update((bounded_key(key), value) for key, value in pairs)
        else:
            raise ValueError(f"{type(target).__name__} has no items")

    def add_items(self, _: Any) -> None:
        items, target = self._pop_mark(), self._stack[-1]
        if isinstance(target, PickledObject):
            target.items.extend(items)
        else:
            target.update(map(bounded_key, items))

    def named(self, text: str) -> None:
        module, _, name = text.partition(" ")
        self._push_name(module, name)

    def named_by_stack(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._push_name(module, name)

    def _push_name(self, module: str, name: str) -> None:
        self._stack.append(PickledName(f"{_RENAMED.get(module, module)}.{name}"))

    def extension(self, code: int) -> None:
        self._stack.append(PickledName(f"copyreg.extension.{code}"))

    def persistent(self, identity: Any) -> None:
        self._stack.append(PickledObject("persistent_id", (identity,)))

    def persistent_by_stack(self, _: Any) -> None:
        self._stack.append(PickledObject("persistent_id", (self._stack.pop(),)))

    def call(self, _: Any) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        self._stack.append(_made(called, arguments))

    def call_marked(self, _: Any) -> None:
        called, *arguments = self._pop_mark()
        self._stack.append(_made(called, tuple(arguments)))

    def call_named(self, text: str) -> None:
        arguments = tuple(self._pop_mark())
        self.named(text)
        self._stack.append(_made(self._stack.pop(), arguments))

    def call_with_keywords(self, _: Any) -> None:
        keywords, arguments, called = self._stack.pop(), self._stack.pop(), self._stack.pop()
        made = _made(called, arguments)
        if isinstance(made, PickledObject):
            made.set_state(keywords)
        self._stack.append(made)

    def build(self, _: Any) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if isinstance(target, PickledObject):
            target.set_state(state)
        elif type(target) is uuid.UUID and isinstance(state, dict):
            set_uuid(target, state.get("int"))


def _made(called: Any, arguments: Any) -> Any:
    """What a call in a pickle stands for."""
    arguments = arguments if isinstance(arguments, tuple) else (arguments,)
    if not isinstance(called, PickledName):
        return PickledObject("a call", (called, *arguments))
    name = called.qualified_name
    if name in _MAKERS and arguments and isinstance(arguments[0], PickledName):
        return _made(arguments[0], () if "reconstructor" in name else arguments[1:])
    try:
        return make(name, arguments)
    except Refused:
        return PickledObject(name, arguments)


_MAKERS = {"copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"}
# Modules as old protocols name them.
_RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def bounded_key(value: Any) -> Any:
    """A value that is going to be hashed, if that takes a bounded time: a tuple may hold one other many times over."""
    waiting, seen = [value], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > _LARGEST_KEY:
            raise ValueError("a key is too large")
        if isinstance(part, (tuple, frozenset)):
            waiting.extend(part)
    return value


_PUSHING = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.dup,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "LIST": _Machine.make_list,
    "TUPLE": _Machine.make_tuple,
    "TUPLE1": lambda machine, _: machine.short_tuple(1),
    "TUPLE2": lambda machine, _: machine.short_tuple(2),
    "TUPLE3": lambda machine, _: machine.short_tuple(3),
    "DICT": _Machine.make_dict,
    "FROZENSET": _Machine.make_frozenset,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "ADDITEMS": _Machine.add_items,
    "GLOBAL": _Machine.named,
    "STACK_GLOBAL": _Machine.named_by_stack,
    "EXT1": _Machine.extension,
    "EXT2": _Machine.extension,
    "EXT4": _Machine.extension,
    "PERSID": _Machine.persistent,
    "BINPERSID": _Machine.persistent_by_stack,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "NEWOBJ_EX": _Machine.call_with_keywords,
    "OBJ": _Machine.call_marked,
    "INST": _Machine.call_named,
    "BUILD": _Machine.build,
}
