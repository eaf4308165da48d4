"""Ids of jobs."""

from __future__ import annotations


class JobID:
    """Names a job: 32 hexadecimal digits, as `str(job_id)` shows them."""

    def __init__(self, j_job_id: str) -> None:
        self._hex = j_job_id

    def __str__(self) -> str:
        return self._hex

    def __repr__(self) -> str:
        return f"JobID({self._hex})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobID) and self._hex == other._hex

    def __hash__(self) -> int:
        return hash(self._hex)
