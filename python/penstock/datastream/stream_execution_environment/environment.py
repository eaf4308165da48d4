"""The environment: what was built, and its running."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from penstock._build import cached_files, defaults, engine, provisioning, running
from penstock._build.caching import CachedResult
from penstock._build.call_site import call_site
from penstock._build.graph import StreamGraph, build, unfilled_caches
from penstock._build.operators import Operator, SourceOperator
from penstock._build.parallelism import default_parallelism
from penstock._build.transformation import Edge, Transformation, Upstream
from penstock.common.configuration import Configuration
from penstock.common.execution_config import ExecutionConfig
from penstock.common.job_client import JobClient
from penstock.common.job_execution_result import JobExecutionResult
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.checkpoint_config import CheckpointConfig
from penstock.datastream.slot_sharing_group import SlotSharingGroup
from penstock.datastream.stream_execution_environment.dependencies import Dependencies
from penstock.datastream.stream_execution_environment.settings import Settings
from penstock.datastream.stream_execution_environment.sources import Sources
from penstock.serializers import PickleSerializer

_DEFAULT_JOB_NAME = "Flink Streaming Job"

logger = logging.getLogger("penstock")


class StreamExecutionEnvironment(Sources, Settings, Dependencies):
    """Where a script begins.

        env = StreamExecutionEnvironment.get_execution_environment()
        env.from_collection([1, 2, 3]).map(lambda n: n * 2).print()
        env.execute("doubles")

    `j_stream_execution_environment` is the configuration that it starts from.
    """

    def __init__(
        self, j_stream_execution_environment: Configuration, serializer: PickleSerializer = PickleSerializer()
    ) -> None:
        self._config = j_stream_execution_environment
        self._execution_config = ExecutionConfig(self._config)
        self._checkpoint_config = CheckpointConfig(self._config)
        self._transformations: list[Transformation] = []
        self._created = 0
        self._noted: set[str] = set()
        self._caches: list[CachedResult] = []
        self._slot_sharing_groups: dict[str, SlotSharingGroup] = {}
        self.serializer = serializer

    @staticmethod
    def get_execution_environment(configuration: Configuration | None = None) -> StreamExecutionEnvironment:
        """A new environment.

        It starts from the configuration file and `-D` options; `configuration` is laid over these, and what the script
        sets on the environment over both.
        """
        config = Configuration.from_dict(defaults.BASE_CONFIGURATION)
        if configuration is not None:
            config.add_all(configuration)
        return StreamExecutionEnvironment(config)

    def get_config(self) -> ExecutionConfig:
        """How jobs are run."""
        return self._execution_config

    def get_checkpoint_config(self) -> CheckpointConfig:
        """How checkpoints are made."""
        return self._checkpoint_config

    def execute(self, job_name: str | None = None) -> JobExecutionResult:
        """Run what was built, and wait for its end.

        Raises JobExecutionException if the job fails: the user's traceback first.
        """
        with provisioning.back_in_this_folder():
            return JobExecutionResult(engine.wait(self._submit(job_name)))

    def execute_async(self, job_name: str = _DEFAULT_JOB_NAME) -> JobClient:
        """Run what was built, without waiting."""
        job = self._submit(job_name)
        running.detached(job)
        return JobClient(job)

    def get_execution_plan(self) -> str:
        """The job as JSON: its operators and how they are connected."""
        return engine.execution_plan(self._graph(), self._config.to_dict())

    def close(self) -> None:
        """Give up what is cached. Jobs that run go on."""
        for cache in self._caches:
            cache.invalidate()

    def _submit(self, job_name: str | None) -> Any:
        filled = unfilled_caches(self._operators())
        files = cached_files.provide(self._config.to_dict())
        graph = build([*self._operators(), *(cache.sink() for cache in filled)], files)
        # A further job of the same script is made of what is built from here on.
        self._transformations = []
        name = job_name or self._config.get_string("pipeline.name", _DEFAULT_JOB_NAME)
        provisioning.provide(self._config.to_dict(), enter=True)
        job = engine.submit(graph, self._config.to_dict(), name)
        for cache in filled:
            cache.filled_by(job)
        return job

    def _graph(self) -> StreamGraph:
        return build(self._operators())

    def _operators(self) -> list[Transformation]:
        operators = [t for t in self._transformations if not isinstance(t.operator, SourceOperator)]
        if not operators:
            raise RuntimeError("No operators defined in streaming topology: there is nothing to run")
        return operators

    def _cached(self, upstream: Upstream, output_type: TypeInformation | None) -> Upstream:
        """An output whose records are kept for later jobs."""
        self._created += 1
        cache = CachedResult(upstream, output_type, self._created)
        self._caches.append(cache)
        return replace(upstream, cache=cache)

    def _transform(
        self, name: str, operator: Operator, edges: list[Edge], output_type: TypeInformation | None
    ) -> Transformation:
        """Add an operator to the job."""
        self._created += 1
        transformation = Transformation(
            self._created, name, operator, default_parallelism(self._config), edges, output_type, site=call_site()
        )
        self._transformations.append(transformation)
        return transformation

    def _note(self, about: str, note: str) -> None:
        """Log one line about something that was accepted and means something else here; once for each subject."""
        if about not in self._noted:
            self._noted.add(about)
            logger.info("%s: %s", about, note)
