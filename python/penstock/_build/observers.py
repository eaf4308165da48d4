"""Who else wants to know of a job while the script waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock._native import Job

JOB_OBSERVERS: list[Callable[[Job], AbstractContextManager[None]]] = []
"""Each is called with the job, and is inside its context while the script waits."""

SUBMISSION_OBSERVERS: list[Callable[[str, dict[str, str], str], None]] = []
"""Each is called with the graph, the configuration and the name of a job before it is run."""
