"""A handle on a job that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

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
        return CompletableFuture(lambda timeout: JobStatus[self._job.status()])

    def cancel(self) -> CompletableFuture:
        """Stop the job without waiting for its records."""
        return _done(self._job.cancel)

    def get_accumulators(self) -> CompletableFuture:
        """The values of the job's accumulators: a future of a dict, complete when the job has ended."""
        return CompletableFuture(self._wait, lambda result: dict(result.get("accumulators", {})))

    def get_job_execution_result(self) -> CompletableFuture:
        """A future of the `JobExecutionResult`; it fails if the job fails or is cancelled."""
        return CompletableFuture(self._wait, JobExecutionResult)

    def trigger_savepoint(self, savepoint_directory: str | None = None) -> NoReturn:
        """Write a savepoint: not in Penstock yet."""
        from penstock.util.exceptions import NotInPenstockError

        raise NotInPenstockError("JobClient.trigger_savepoint", "Checkpoints are kept and can be restored with -s.")

    def stop_with_savepoint(
        self, advance_to_end_of_event_time: bool, savepoint_directory: str | None = None
    ) -> NoReturn:
        """Write a savepoint and end the job: not in Penstock yet."""
        from penstock.util.exceptions import NotInPenstockError

        raise NotInPenstockError("JobClient.stop_with_savepoint", "Checkpoints are kept and can be restored with -s.")

    def _wait(self, timeout: float | None) -> Any:
        result = self._job.wait(timeout)
        return PENDING if result is None else result


def _done(call: Callable[[], None]) -> CompletableFuture:
    """A future of a call that is made at once."""
    call()
    return CompletableFuture(lambda timeout: None)
