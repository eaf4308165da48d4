"""The only place that calls the engine. It is imported when a job is run, so that building one needs no engine."""

from __future__ import annotations

import importlib
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from penstock._build import defaults, running
from penstock._build.graph import StreamGraph
from penstock._build.observers import JOB_OBSERVERS, SUBMISSION_OBSERVERS

if TYPE_CHECKING:
    from penstock._native import Job


def submit(graph: StreamGraph, config: dict[str, str], job_name: str) -> Job:
    """Start a job."""
    graph_json = graph.json()
    for observe in SUBMISSION_OBSERVERS:
        observe(graph_json, config, job_name)
    job: Job = _native().execute(graph_json, graph.functions, config, job_name)
    running.started(job)
    return job


def wait(job: Job) -> dict[str, Any]:
    """The job's result, after waiting for it. Raises what it failed with. Ctrl-C leaves the job's checkpoints."""
    with ExitStack() as observers:
        for observe in JOB_OBSERVERS:
            observers.enter_context(observe(job))
        try:
            result = job.wait(None)
        except (KeyboardInterrupt, SystemExit):
            running.stop()
            raise
    assert result is not None, "a wait without a limit ends with a result"
    return result


def execution_plan(graph: StreamGraph, config: dict[str, str]) -> str:
    """The plan of a job as JSON text."""
    return _native().execution_plan(graph.json(), config)  # type: ignore[no-any-return]


def _native() -> Any:
    try:
        module = importlib.import_module("penstock._native")
    except ImportError as error:
        raise ImportError(
            f"the engine (penstock._native) cannot be loaded: {error}. Is it a wheel for this Python?"
        ) from error
    _start_logging(module)
    return module


def _start_logging(module: Any) -> None:
    """Let the engine's warnings be seen; the command line has chosen what is shown, and the first call counts."""
    if not defaults.RUNNING_UNDER_CLI:
        defaults.ENGINE_LOG = os.environ.get("PENSTOCK_LOG", "warn")
        module.init_logging(defaults.ENGINE_LOG)
