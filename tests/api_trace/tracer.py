"""Hears of every call in a process and notes which names of PyFlink it executes.

A function counts when its code runs; a method also when one does that overrides it, or the engine's own. An attribute
(a member of an enum), a method that a class has from Python itself, or a class counts when code runs outside of the
package that names it, together with its class.
This module knows nothing of the package, so that processes of jobs can load it before anything else.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

# The engine has one context for all functions: which of PyFlink's it stands for is seen from who calls it.
_CONTEXT = "ProcessContext"
_ENGINE_TYPES = {"TimerService": "TimerService", "BroadcastState": "BroadcastState"}


class Tracer:
    """Calls `note` with each name once. `package` is the folder of the package."""

    def __init__(self, table: dict[str, Any], package: str, note: Callable[[str], None]) -> None:
        self._table = table
        self._package = package
        self._note_new = note
        self._noted: set[str] = set()
        self._done: set[CodeType] = set()
        self._known: set[tuple[CodeType, type]] = set()

    def start(self) -> None:
        """Hear of the calls of this thread, and of all that start from here on."""
        threading.setprofile(self._hear)
        sys.setprofile(self._hear)

    def stop(self) -> None:
        """Hear nothing any more."""
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]

    def _hear(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self._python(frame)
        elif event == "c_call" and argument.__name__ in self._table["methods"]:
            self._engine(frame, argument)

    def _python(self, frame: FrameType) -> None:
        code = frame.f_code
        if code in self._done:
            return
        receiver = None
        if code.co_name in self._table["methods"]:
            # Once for each class that the method is called on.
            receiver = _first(frame)
            known = (code, type(receiver))
            if known in self._known:
                return
            self._known.add(known)
        else:
            self._done.add(code)
        for name in self._table["calls"].get(f"{code.co_filename}:{code.co_firstlineno}", ()):
            if receiver is None or _is_of(receiver, self._table["methods"].get(code.co_name, ()), name):
                self._note(name)
        if receiver is not None:
            self._method(code.co_name, receiver)
        if not code.co_filename.startswith(self._package):
            self._named(set(code.co_names))

    def _method(self, method: str, receiver: Any) -> None:
        for name, module, qualified in self._table["methods"][method]:
            if name not in self._noted and _isinstance(receiver, module, qualified):
                self._note(name)

    def _engine(self, frame: FrameType, function: Any) -> None:
        receiver = getattr(function, "__self__", None)
        if receiver is None or type(receiver).__module__ not in ("builtins", "penstock._native"):
            return
        kind = type(receiver).__name__
        if kind == _CONTEXT:
            self._context(frame, function.__name__)
        elif kind in _ENGINE_TYPES:
            for name, _, qualified in self._table["methods"][function.__name__]:
                if qualified == _ENGINE_TYPES[kind] or qualified == f"ReadOnly{_ENGINE_TYPES[kind]}":
                    self._note(name)
        else:
            self._method(function.__name__, receiver)

    def _context(self, frame: FrameType, method: str) -> None:
        caller, user = frame.f_code.co_name, _first(frame)
        for name, module, qualified in self._table["methods"][method]:
            function, _, context = qualified.rpartition(".")
            fits = {"OnTimerContext": caller == "on_timer", "ReadOnlyContext": caller != "process_broadcast_element"}
            if function and fits.get(context, True) and _isinstance(user, module, function):
                self._note(name)

    def _named(self, names: set[str]) -> None:
        for name in names:
            for path in self._table["classes"].get(name, ()):
                self._note(path)
            for path, kind in self._table["constants"].get(name, ()):
                if kind in names:
                    self._note(path)

    def _note(self, name: str) -> None:
        if name not in self._noted:
            self._noted.add(name)
            self._note_new(name)


def _first(frame: FrameType) -> Any:
    """What a method is called on."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount and code.co_varnames[0] == "self" else None


def _is_of(receiver: Any, methods: Any, name: str) -> bool:
    return all(_isinstance(receiver, module, qualified) for path, module, qualified in methods if path == name)


def _isinstance(receiver: Any, module: str, qualified: str) -> bool:
    kind: Any = sys.modules.get(module)
    for part in qualified.split("."):
        kind = getattr(kind, part, None)
    return isinstance(kind, type) and isinstance(receiver, kind)
