"""How many subtasks an operator has when nothing says so."""

from __future__ import annotations

import os

from penstock._build import defaults, options
from penstock.common.configuration import Configuration

_local_default: int | None = None


def default_parallelism(config: Configuration) -> int:
    """`parallelism.default` if it is set; otherwise 1 under `penstock run`, the number of cores under plain Python."""
    if config.contains_key("parallelism.default"):
        return options.number(config, "parallelism.default", 1)
    return 1 if defaults.RUNNING_UNDER_CLI else local_default()


def local_default() -> int:
    """The parallelism under plain Python."""
    return _local_default or _cores()


def set_local_default(parallelism: int) -> None:
    """Change the parallelism under plain Python."""
    global _local_default
    _local_default = parallelism


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
