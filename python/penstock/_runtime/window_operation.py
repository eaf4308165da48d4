"""What a window operator has of a script: the functions, and what says which windows there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # `penstock.datastream` imports this module, and a slot process begins here.
    from penstock.datastream.window import Evictor, Trigger, WindowAssigner


@dataclass(frozen=True)
class WindowOperation:
    """A window operator's functions. `reduce` or `aggregate` is what combines records; without them all are kept.

    `function` makes the results of a window; without it they are what was combined.
    """

    assigner: WindowAssigner[Any, Any]
    trigger: Trigger[Any, Any]
    evictor: Evictor[Any, Any] | None
    reduce: Any
    aggregate: Any
    function: Any
