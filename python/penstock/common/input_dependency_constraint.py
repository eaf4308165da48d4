"""When a batch task may start."""

from __future__ import annotations

from enum import Enum


class InputDependencyConstraint(Enum):
    """A task starts when one of its inputs, or when all of them have data. Accepted; it changes nothing."""

    ANY = 0
    ALL = 1
