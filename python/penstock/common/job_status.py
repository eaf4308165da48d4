"""What a job is doing."""

from __future__ import annotations

from enum import Enum


class JobStatus(Enum):
    """The states of a job's life."""

    CREATED = 0
    RUNNING = 1
    FAILING = 2
    FAILED = 3
    CANCELLING = 4
    CANCELED = 5
    FINISHED = 6
    RESTARTING = 7
    SUSPENDED = 8
    RECONCILING = 9

    def is_globally_terminal_state(self) -> bool:
        """Whether the job has ended, and nobody will go on with it."""
        return self in (JobStatus.FAILED, JobStatus.CANCELED, JobStatus.FINISHED)

    def is_terminal_state(self) -> bool:
        """Whether the job has ended as far as its JobManager is concerned."""
        return self.is_globally_terminal_state() or self is JobStatus.SUSPENDED
