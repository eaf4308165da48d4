"""A handle on a job that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock.common.completable_future import PENDING, CompletableFuture
from penstock.common.job_execution_result import JobExecutionResult
from penstock.common.job_id import JobID
from penstock.common.job_status import JobStatus

if TYPE_CHECKING:
    from penstock._native import Job


class JobClient:
    """A handle on a job that runs, from `env.execute_async()`. `j_job_client` is the engine's job."""

    def __init__(self, j_job_client: Job) -> None:
        self._job = j_job_client

    def get_job_id(self) -> JobID:
        """The job's id."""
        return JobID(self._job.job_id)

    def get_job_status(self) -> CompletableFuture:
        """What the job is doing: a future of `JobStatus`."""
        return CompletableFuture(lambda timeout: _status(self._job.status()))

    def cancel(self) -> CompletableFuture:
        """Stop the job without waiting for its records."""
        return _done(self._job.cancel)

    def get_accumulators(self) -> CompletableFuture:
        """The values of the job's accumulators: a future of a dict, complete when the job has ended."""
        return CompletableFuture(self._wait, lambda result: dict(result.get("accumulators", {})))

    def get_job_execution_result(self) -> CompletableFuture:
        """A future of the `JobExecutionResult`; it fails if the job fails or is cancelled."""
        return CompletableFuture(self._wait, JobExecutionResult)

    def trigger_savepoint(self, savepoint_directory: str | None = None) -> CompletableFuture:
        """Write a savepoint below this directory, or below `execution.checkpointing.savepoint-dir`.

        A future of its path; the job goes on.
        """
        return self._savepoint(savepoint_directory, "go-on")

    def stop_with_savepoint(
        self, advance_to_end_of_event_time: bool, savepoint_directory: str | None = None
    ) -> CompletableFuture:
        """Write a savepoint and end the job with it: a future of its path, complete when all output is committed.

        With `advance_to_end_of_event_time` every timer and window fires before.
        """
        return self._savepoint(savepoint_directory, "drain" if advance_to_end_of_event_time else "stop")

    def _savepoint(self, directory: str | None, afterwards: str) -> CompletableFuture:
        savepoint = self._job.savepoint(directory, "CANONICAL", afterwards)

        def wait(timeout: float | None) -> Any:
            path = savepoint.wait(timeout)
            return PENDING if path is None else path

        return CompletableFuture(wait)

    def _wait(self, timeout: float | None) -> Any:
        result = self._job.wait(timeout)
        return PENDING if result is None else result


def _status(name: str) -> JobStatus:
    """PyFlink has no word for a job that is being set up."""
    return JobStatus.CREATED if name == "INITIALIZING" else JobStatus[name]


def _done(call: Callable[[], None]) -> CompletableFuture:
    """A future of a call that is made at once."""
    call()
    return CompletableFuture(lambda timeout: None)
