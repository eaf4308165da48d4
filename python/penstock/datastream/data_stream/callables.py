"""Checks of what is given to a stream as a function, and its pickling."""

from __future__ import annotations

from typing import Any

from penstock._build.functions import PickledFunction, pickled
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.functions import KeySelector, Partitioner


def function(given: Any, kind: type, method: str) -> PickledFunction:
    """A function object of a kind, or a plain callable. Raises TypeError for anything else."""
    if not isinstance(given, kind) and not callable(given):
        raise TypeError(f"The input of {method} must be a {kind.__name__} or a callable function, not {given!r}")
    return pickled(given, f"the function of {method}")


def function_object(given: Any, kind: type, calls: list[str], method: str) -> PickledFunction:
    """A function object with these methods. Raises TypeError, naming the kind it should be of, for anything else."""
    if isinstance(given, type) or not all(callable(getattr(given, call, None)) for call in calls):
        raise TypeError(f"The input of {method} must be a {kind.__name__}, not {given!r}")
    return pickled(given, f"the function of {method}")


def key_selector(given: Any, method: str = "key_by") -> PickledFunction:
    """A function from a record to its key. Raises TypeError for anything else."""
    if isinstance(given, KeySelector):
        return pickled(given, f"the key selector of {method}")
    if not callable(given):
        raise TypeError(
            f"Parameter key_selector of {method} should be a KeySelector or a callable function, not {given!r}"
        )
    return pickled(given, f"the key selector of {method}")


def partitioner(given: Any) -> PickledFunction:
    """A function from a key and a number of subtasks to a subtask. Raises TypeError for anything else."""
    if isinstance(given, Partitioner):
        return pickled(given, "the partitioner of partition_custom")
    if not callable(given):
        raise TypeError(f"Parameter partitioner should be a Partitioner or a callable function, not {given!r}")
    return pickled(given, "the partitioner of partition_custom")


def declared(given: Any, method: str, parameter: str = "output_type") -> TypeInformation | None:
    """A declared type, or None. Raises TypeError for anything else."""
    if given is not None and not isinstance(given, TypeInformation):
        raise TypeError(f"{method}: {parameter} has to be a type such as Types.STRING(), not {given!r}")
    return given
