"""How an environment's jobs are run."""

from __future__ import annotations

from typing import Any

from penstock._build import options
from penstock._build.maps import format_map, parse_map
from penstock.common.configuration import Configuration
from penstock.common.execution_mode import ExecutionMode
from penstock.common.input_dependency_constraint import InputDependencyConstraint
from penstock.common.java_serialization import JavaSerialization
from penstock.common.restart_strategy import RestartStrategies, RestartStrategyConfiguration

_MAX_PARALLELISM_LIMIT = 32768


class ExecutionConfig(JavaSerialization):
    """How an environment's jobs are run: a view of its configuration (`j_execution_config`)."""

    PARALLELISM_DEFAULT = -1
    PARALLELISM_UNKNOWN = -2

    def __init__(self, j_execution_config: Configuration) -> None:
        self._config = j_execution_config

    def set_parallelism(self, parallelism: int) -> ExecutionConfig:
        """How many subtasks an operator has unless it says otherwise: from 1, or PARALLELISM_DEFAULT."""
        checked_parallelism(parallelism)
        if parallelism == ExecutionConfig.PARALLELISM_DEFAULT:
            self._config.remove_config("parallelism.default")
        else:
            self._config.set_integer("parallelism.default", parallelism)
        return self

    def get_parallelism(self) -> int:
        """How many subtasks an operator has unless it says otherwise."""
        from penstock._build.parallelism import default_parallelism

        return default_parallelism(self._config)

    def set_max_parallelism(self, max_parallelism: int) -> ExecutionConfig:
        """How many key groups, and so subtasks, keyed operators can have at most: 1 to 32768."""
        self._config.set_integer("pipeline.max-parallelism", checked_max_parallelism(max_parallelism))
        return self

    def get_max_parallelism(self) -> int:
        """How many key groups keyed operators have; -1 where it follows from the parallelism."""
        return options.number(self._config, "pipeline.max-parallelism", -1)

    def set_auto_watermark_interval(self, interval: int) -> ExecutionConfig:
        """How often watermarks are made, in milliseconds; 0 turns periodic watermarks off."""
        if interval < 0:
            raise ValueError(f"the watermark interval is a number of milliseconds from 0, not {interval}")
        return self._millis("pipeline.auto-watermark-interval", interval)

    def get_auto_watermark_interval(self) -> int:
        """How often watermarks are made, in milliseconds."""
        return options.millis(self._config, "pipeline.auto-watermark-interval", 200)

    def set_latency_tracking_interval(self, interval: int) -> ExecutionConfig:
        """How often sources send latency markers, in milliseconds; 0 turns them off."""
        return self._millis("metrics.latency.interval", interval)

    def get_latency_tracking_interval(self) -> int:
        """How often sources send latency markers, in milliseconds."""
        return options.millis(self._config, "metrics.latency.interval", 0)

    def set_task_cancellation_interval(self, interval: int) -> ExecutionConfig:
        """How often a task that does not end is asked again to end, in milliseconds."""
        return self._millis("task.cancellation.interval", interval)

    def get_task_cancellation_interval(self) -> int:
        """How often a task that does not end is asked again to end, in milliseconds."""
        return options.millis(self._config, "task.cancellation.interval", 30_000)

    def set_task_cancellation_timeout(self, timeout: int) -> ExecutionConfig:
        """How long a cancelled task may take to end, in milliseconds; 0 for ever."""
        return self._millis("task.cancellation.timeout", timeout)

    def get_task_cancellation_timeout(self) -> int:
        """How long a cancelled task may take to end, in milliseconds."""
        return options.millis(self._config, "task.cancellation.timeout", 180_000)

    def enable_object_reuse(self) -> ExecutionConfig:
        """Hand objects from task to task without copying them. Safe only if no function changes what it got or gave."""
        return self._flag("pipeline.object-reuse", True)

    def disable_object_reuse(self) -> ExecutionConfig:
        """Copy what passes from task to task."""
        return self._flag("pipeline.object-reuse", False)

    def is_object_reuse_enabled(self) -> bool:
        """Whether objects pass from task to task without being copied."""
        return options.flag(self._config, "pipeline.object-reuse", False)

    def set_use_snapshot_compression(self, use_snapshot_compression: bool) -> ExecutionConfig:
        """Whether state in checkpoints is compressed."""
        return self._flag("execution.checkpointing.snapshot-compression", use_snapshot_compression)

    def is_use_snapshot_compression(self) -> bool:
        """Whether state in checkpoints is compressed."""
        return options.flag(self._config, "execution.checkpointing.snapshot-compression", False)

    def set_global_job_parameters(self, global_job_parameters_dict: dict[str, Any]) -> ExecutionConfig:
        """Parameters that every function can read with `runtime_context.get_job_parameter`; values become text."""
        entries = {str(key): str(value) for key, value in global_job_parameters_dict.items()}
        self._config.set_string("pipeline.global-job-parameters", format_map(entries))
        return self

    def get_global_job_parameters(self) -> dict[str, str]:
        """Parameters that every function can read."""
        text = options.text(self._config, "pipeline.global-job-parameters")
        return parse_map("pipeline.global-job-parameters", text) if text else {}

    def enable_auto_generated_uids(self) -> ExecutionConfig:
        """Operators without `uid(...)` get one from their place in the graph."""
        return self._flag("pipeline.auto-generate-uids", True)

    def disable_auto_generated_uids(self) -> ExecutionConfig:
        """Every operator has to have a `uid(...)`."""
        return self._flag("pipeline.auto-generate-uids", False)

    def has_auto_generated_uids_enabled(self) -> bool:
        """Whether operators may do without a `uid(...)`."""
        return options.flag(self._config, "pipeline.auto-generate-uids", True)

    # Flink 1.x.

    def set_restart_strategy(self, restart_strategy_configuration: RestartStrategyConfiguration) -> ExecutionConfig:
        """What to do when a job fails."""
        for key, value in restart_strategy_configuration._options.items():
            self._set(key, value)
        self._restart_strategy = restart_strategy_configuration
        return self

    def get_restart_strategy(self) -> RestartStrategyConfiguration:
        """What was set; otherwise what the configuration says."""
        return getattr(self, "_restart_strategy", None) or RestartStrategies.fall_back_restart()

    def set_execution_mode(self, execution_mode: ExecutionMode) -> ExecutionConfig:
        """Accepted; it was for the DataSet API."""
        self._execution_mode = execution_mode
        return self

    def get_execution_mode(self) -> ExecutionMode:
        """What was set."""
        return getattr(self, "_execution_mode", ExecutionMode.PIPELINED)

    def set_default_input_dependency_constraint(
        self, input_dependency_constraint: InputDependencyConstraint
    ) -> ExecutionConfig:
        """Accepted; changes nothing."""
        self._input_dependency_constraint = input_dependency_constraint
        return self

    def get_default_input_dependency_constraint(self) -> InputDependencyConstraint:
        """What was set."""
        return getattr(self, "_input_dependency_constraint", InputDependencyConstraint.ANY)

    def _set(self, key: str, value: str) -> ExecutionConfig:
        self._config.set_string(key, value)
        return self

    def _flag(self, key: str, value: bool) -> ExecutionConfig:
        self._config.set_boolean(key, value)
        return self

    def _millis(self, key: str, value: int) -> ExecutionConfig:
        options.set_millis(self._config, key, value)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExecutionConfig) and self._config == other._config

    def __hash__(self) -> int:
        return hash(self._config)


def checked_parallelism(parallelism: int) -> int:
    """The number, if it can be a parallelism. Raises ValueError or TypeError otherwise."""
    if not isinstance(parallelism, int) or isinstance(parallelism, bool):
        raise TypeError(f"parallelism is a whole number, not {parallelism!r}")
    if parallelism < 1 and parallelism != ExecutionConfig.PARALLELISM_DEFAULT:
        raise ValueError(f"parallelism has to be at least 1 (or -1 for the default), not {parallelism}")
    return parallelism


def checked_max_parallelism(max_parallelism: int) -> int:
    """The number, if it can be a maximum parallelism. Raises ValueError otherwise."""
    if not 0 < max_parallelism <= _MAX_PARALLELISM_LIMIT:
        raise ValueError(f"the maximum parallelism has to be from 1 to {_MAX_PARALLELISM_LIMIT}, not {max_parallelism}")
    return max_parallelism
