"""What remains of a job that has ended."""

from __future__ import annotations

from typing import Any

from penstock.common.job_id import JobID


class JobExecutionResult:
    """The result of `env.execute()`. `j_job_execution_result` is the engine's dict."""

    def __init__(self, j_job_execution_result: dict[str, Any]) -> None:
        self._result = j_job_execution_result

    def get_job_id(self) -> JobID:
        """The job's id."""
        return JobID(self._result["job_id"])

    def get_net_runtime(self) -> int:
        """How long the job ran, in milliseconds."""
        return int(self._result["net_runtime_ms"])

    def get_accumulator_result(self, accumulator_name: str) -> Any:
        """The value of one accumulator; None if the job had none of that name."""
        return self.get_all_accumulator_results().get(accumulator_name)

    def get_all_accumulator_results(self) -> dict[str, Any]:
        """The values of all accumulators by name."""
        return dict(self._result.get("accumulators", {}))

    def __str__(self) -> str:
        return (
            f"Program execution finished\nJob with JobID {self.get_job_id()} has finished.\n"
            f"Job Runtime: {self.get_net_runtime()} ms\n"
        )
