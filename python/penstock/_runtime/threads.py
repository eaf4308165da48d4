"""The threads that run tasks."""

from __future__ import annotations

import threading
import time


class TaskThread(threading.Thread):
    """The thread of a task, started by the engine. The process does not wait for it: leaving a job stops its tasks."""

    def __init__(self, target: object, name: str) -> None:
        super().__init__(target=target, name=name, daemon=True)  # type: ignore[arg-type]


def join_tasks(seconds: float) -> bool:
    """Wait so long for the threads of all tasks to end; whether they have."""
    deadline = time.monotonic() + seconds
    tasks = [thread for thread in threading.enumerate() if isinstance(thread, TaskThread)]
    for thread in tasks:
        thread.join(max(deadline - time.monotonic(), 0))
    return not any(thread.is_alive() for thread in tasks)
