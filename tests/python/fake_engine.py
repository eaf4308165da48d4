"""A stand-in for the engine: it keeps what it was given and runs nothing."""

from __future__ import annotations

from typing import Any


class FakeSavepoint:
    """A savepoint that is complete."""

    def __init__(self, path: str) -> None:
        self._path = path

    def wait(self, timeout: float | None) -> str:
        return self._path


class FakeJob:
    """A job that has ended, with these records in its collect sink."""

    job_id = "0" * 32

    def __init__(self, records: list[list[Any]]) -> None:
        self._batches = list(records)
        self.cancelled = False
        self.shut_down = False

    def status(self) -> str:
        return "FINISHED"

    def wait(self, timeout: float | None) -> dict[str, Any]:
        return {"job_id": self.job_id, "net_runtime_ms": 12, "accumulators": {"n": 3}}

    def collect(self, timeout: float | None) -> list[Any] | None:
        return self._batches.pop(0) if self._batches else None

    def cancel(self) -> None:
        self.cancelled = True

    def savepoint(self, directory: str | None, format: str, afterwards: str) -> FakeSavepoint:
        return FakeSavepoint(f"{directory}/savepoint-{format}-{afterwards}")

    def shutdown(self, timeout: float) -> None:
        self.shut_down = True


class FakeEngine:
    """What stands in for `penstock._native`."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, bytes, dict[str, str], str]] = []
        self.records: list[list[Any]] = []
        self.last: FakeJob | None = None

    def execute(self, graph: str, functions: bytes, config: dict[str, str], name: str) -> FakeJob:
        self.jobs.append((graph, functions, config, name))
        self.last = FakeJob(self.records)
        return self.last

    def execution_plan(self, graph: str, config: dict[str, str]) -> str:
        return graph
