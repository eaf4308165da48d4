"""What can be set for all of an environment's jobs. Every setting is an option of its configuration."""

from __future__ import annotations

from typing import TypeVar

from penstock._build import options
from penstock._build.parallelism import local_default, set_local_default
from penstock.common.configuration import Configuration
from penstock.common.execution_config import ExecutionConfig
from penstock.common.restart_strategy import RestartStrategyConfiguration
from penstock.datastream.checkpoint_config import CheckpointConfig
from penstock.datastream.checkpointing_mode import CheckpointingMode
from penstock.datastream.execution_mode import RuntimeExecutionMode
from penstock.datastream.slot_sharing_group import SlotSharingGroup
from penstock.datastream.state_backend import StateBackend
from penstock.datastream.time_characteristic import TimeCharacteristic

E = TypeVar("E", bound="Settings")

_CHAINING = "pipeline.operator-chaining.enabled"


class Settings:
    """The methods of an environment that set and show options."""

    _config: Configuration
    _execution_config: ExecutionConfig
    _checkpoint_config: CheckpointConfig
    _slot_sharing_groups: dict[str, SlotSharingGroup]

    def configure(self, configuration: Configuration) -> None:
        """Lay these options over those that are set."""
        self._config.add_all(configuration)

    def set_parallelism(self: E, parallelism: int) -> E:
        """How many subtasks the operators have that are built from here on, unless they say otherwise."""
        self._execution_config.set_parallelism(parallelism)
        return self

    def get_parallelism(self) -> int:
        """How many subtasks an operator has unless it says otherwise."""
        return self._execution_config.get_parallelism()

    def set_max_parallelism(self: E, max_parallelism: int) -> E:
        """How many key groups, and so subtasks, keyed operators can have at most: 1 to 32768."""
        self._execution_config.set_max_parallelism(max_parallelism)
        return self

    def get_max_parallelism(self) -> int:
        """How many key groups keyed operators have; -1 where it follows from the parallelism."""
        return self._execution_config.get_max_parallelism()

    def register_slot_sharing_group(self: E, slot_sharing_group: SlotSharingGroup) -> E:
        """Make a group known by its name."""
        name = slot_sharing_group.get_name()
        if self._slot_sharing_groups.setdefault(name, slot_sharing_group) != slot_sharing_group:
            raise ValueError(f"a slot sharing group {name!r} with other resources is registered already")
        return self

    def set_runtime_mode(self: E, execution_mode: RuntimeExecutionMode) -> E:
        """Streaming or batch."""
        if not isinstance(execution_mode, RuntimeExecutionMode):
            raise TypeError(f"set_runtime_mode takes a RuntimeExecutionMode, not {execution_mode!r}")
        self._config.set_string("execution.runtime-mode", execution_mode.name)
        return self

    def set_buffer_timeout(self: E, timeout_millis: int) -> E:
        """How long records may wait for company before they are handed on: milliseconds, 0 not at all, -1 for ever."""
        if timeout_millis < -1:
            raise ValueError(f"the buffer timeout is a number of milliseconds from -1, not {timeout_millis}")
        self._config.set_boolean("execution.buffer-timeout.enabled", timeout_millis >= 0)
        if timeout_millis >= 0:
            options.set_millis(self._config, "execution.buffer-timeout.interval", timeout_millis)
        return self

    def get_buffer_timeout(self) -> int:
        """How long records may wait for company, in milliseconds."""
        if not options.flag(self._config, "execution.buffer-timeout.enabled", True):
            return -1
        return options.millis(self._config, "execution.buffer-timeout.interval", 100)

    def disable_operator_chaining(self: E) -> E:
        """Run every operator in a task of its own."""
        self._config.set_boolean(_CHAINING, False)
        return self

    def is_chaining_enabled(self) -> bool:
        """Whether operators share tasks."""
        return options.flag(self._config, _CHAINING, True)

    def is_chaining_of_operators_with_different_max_parallelism_enabled(self) -> bool:
        """Whether operators with different maximum parallelism share tasks."""
        key = "pipeline.operator-chaining.chain-operators-with-different-max-parallelism"
        return options.flag(self._config, key, True)

    def set_default_local_parallelism(self, parallelism: int) -> None:
        """The parallelism under plain Python where nothing says otherwise."""
        set_local_default(parallelism)

    def get_default_local_parallelism(self) -> int:
        """The parallelism under plain Python where nothing says otherwise: the number of cores."""
        return local_default()

    # Checkpoints and state.

    def enable_checkpointing(self: E, interval: int, mode: CheckpointingMode | None = None) -> E:
        """Make a checkpoint every so many milliseconds, at least 10."""
        self._checkpoint_config.set_checkpoint_interval(interval)
        if mode is not None:
            self._checkpoint_config.set_checkpointing_mode(mode)
        return self

    def get_checkpoint_interval(self) -> int:
        """How often a checkpoint is made, in milliseconds; -1 for never."""
        return self._checkpoint_config.get_checkpoint_interval()

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """What checkpoints promise."""
        return self._checkpoint_config.get_checkpointing_mode()

    def get_checkpointing_consistency_mode(self) -> CheckpointingMode:
        """What checkpoints promise."""
        return self._checkpoint_config.get_checkpointing_mode()

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether checkpoints contain records on their way between tasks."""
        return self._checkpoint_config.is_unaligned_checkpoints_enabled()

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether they do so in every case."""
        return self._checkpoint_config.is_force_unaligned_checkpoints()

    def enable_changelog_state_backend(self: E, enabled: bool) -> E:
        """Whether to write changes of state down as they happen. Accepted; it changes nothing yet."""
        self._config.set_boolean("state.changelog.enabled", enabled)
        return self

    def is_changelog_state_backend_enabled(self) -> bool | None:
        """What was set; None if nothing was."""
        if options.text(self._config, "state.changelog.enabled") is None:
            return None
        return options.flag(self._config, "state.changelog.enabled", False)

    def set_default_savepoint_directory(self: E, directory: str) -> E:
        """Where savepoints go."""
        self._config.set_string("execution.checkpointing.savepoint-dir", directory)
        return self

    def get_default_savepoint_directory(self) -> str | None:
        """Where savepoints go; None if nothing was set."""
        return options.text(self._config, "execution.checkpointing.savepoint-dir")

    # Flink 1.x.

    def set_state_backend(self: E, state_backend: StateBackend) -> E:
        """Where state lives."""
        if not isinstance(state_backend, StateBackend):
            raise TypeError(
                f"set_state_backend takes a StateBackend such as HashMapStateBackend(), not {state_backend!r}"
            )
        for key, value in state_backend._options().items():
            self._config.set_string(key, value)
        self._state_backend = state_backend
        return self

    def get_state_backend(self) -> StateBackend | None:
        """What was set; None if nothing was."""
        return getattr(self, "_state_backend", None)

    def set_restart_strategy(self, restart_strategy_configuration: RestartStrategyConfiguration) -> None:
        """What to do when a job fails."""
        self._execution_config.set_restart_strategy(restart_strategy_configuration)

    def get_restart_strategy(self) -> RestartStrategyConfiguration:
        """What to do when a job fails."""
        return self._execution_config.get_restart_strategy()

    def set_stream_time_characteristic(self, characteristic: TimeCharacteristic) -> None:
        """Accepted; the watermark strategy decides."""
        self._time_characteristic = characteristic

    def get_stream_time_characteristic(self) -> TimeCharacteristic:
        """What was set."""
        return getattr(self, "_time_characteristic", TimeCharacteristic.EventTime)

    def add_default_kryo_serializer(self, type_class_name: str, serializer_class_name: str) -> None:
        """Accepted; changes nothing without Java objects."""

    def register_type_with_kryo_serializer(self, type_class_name: str, serializer_class_name: str) -> None:
        """Accepted; changes nothing without Java objects."""

    def register_type(self, type_class_name: str) -> None:
        """Accepted; changes nothing without Java objects."""
