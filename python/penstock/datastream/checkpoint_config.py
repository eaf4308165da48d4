"""How checkpoints are made."""

from __future__ import annotations

from enum import Enum

from penstock._build import options
from penstock.common.configuration import Configuration
from penstock.common.time import Duration
from penstock.datastream.checkpoint_storage import (
    CheckpointStorage,
    FileSystemCheckpointStorage,
    JobManagerCheckpointStorage,
)
from penstock.datastream.checkpointing_mode import CheckpointingMode
from penstock.datastream.externalized_checkpoint_retention import ExternalizedCheckpointRetention

_MIN_INTERVAL = 10
_INTERVAL = "execution.checkpointing.interval"
_MODE = "execution.checkpointing.mode"
_TIMEOUT = "execution.checkpointing.timeout"
_MIN_PAUSE = "execution.checkpointing.min-pause"
_MAX_CONCURRENT = "execution.checkpointing.max-concurrent-checkpoints"
_TOLERABLE = "execution.checkpointing.tolerable-failed-checkpoints"
_RETENTION = "execution.checkpointing.externalized-checkpoint-retention"
_UNALIGNED = "execution.checkpointing.unaligned.enabled"
_FORCE_UNALIGNED = "execution.checkpointing.unaligned.forced"
_ALIGNED_TIMEOUT = "execution.checkpointing.aligned-checkpoint-timeout"


class ExternalizedCheckpointCleanup(Enum):
    """What becomes of a job's checkpoints when it is cancelled (Flink 1.x)."""

    DELETE_ON_CANCELLATION = 0
    RETAIN_ON_CANCELLATION = 1
    NO_EXTERNALIZED_CHECKPOINTS = 2


class CheckpointConfig:
    """How checkpoints are made: a view of the environment's configuration (`j_checkpoint_config`)."""

    DEFAULT_MODE = CheckpointingMode.EXACTLY_ONCE
    DEFAULT_TIMEOUT = 10 * 60 * 1000
    DEFAULT_MIN_PAUSE_BETWEEN_CHECKPOINTS = 0
    DEFAULT_MAX_CONCURRENT_CHECKPOINTS = 1

    def __init__(self, j_checkpoint_config: Configuration) -> None:
        self._config = j_checkpoint_config

    def is_checkpointing_enabled(self) -> bool:
        """Whether checkpoints are made."""
        return self.get_checkpoint_interval() > 0

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """What checkpoints promise; without checkpoints, AT_LEAST_ONCE."""
        if not self.is_checkpointing_enabled():
            return CheckpointingMode.AT_LEAST_ONCE
        text = options.text(self._config, _MODE)
        return CheckpointingMode.EXACTLY_ONCE if text is None else CheckpointingMode[text.upper().replace("-", "_")]

    def set_checkpointing_mode(self, checkpointing_mode: CheckpointingMode) -> CheckpointConfig:
        """What checkpoints promise."""
        self._config.set_string(_MODE, checkpointing_mode.name)
        return self

    def get_checkpoint_interval(self) -> int:
        """How often a checkpoint is made, in milliseconds; -1 for never."""
        return options.millis(self._config, _INTERVAL, -1)

    def set_checkpoint_interval(self, checkpoint_interval: int) -> CheckpointConfig:
        """How often a checkpoint is made, in milliseconds, at least 10."""
        if checkpoint_interval < _MIN_INTERVAL:
            raise ValueError(
                f"the checkpoint interval has to be at least {_MIN_INTERVAL} ms, not {checkpoint_interval}"
            )
        return self._millis(_INTERVAL, checkpoint_interval)

    def get_checkpoint_timeout(self) -> int:
        """How long a checkpoint may take, in milliseconds."""
        return options.millis(self._config, _TIMEOUT, CheckpointConfig.DEFAULT_TIMEOUT)

    def set_checkpoint_timeout(self, checkpoint_timeout: int) -> CheckpointConfig:
        """How long a checkpoint may take, in milliseconds, at least 10."""
        if checkpoint_timeout < _MIN_INTERVAL:
            raise ValueError(f"the checkpoint timeout has to be at least {_MIN_INTERVAL} ms, not {checkpoint_timeout}")
        return self._millis(_TIMEOUT, checkpoint_timeout)

    def get_min_pause_between_checkpoints(self) -> int:
        """The pause between the end of a checkpoint and the begin of the next, in milliseconds."""
        return options.millis(self._config, _MIN_PAUSE, CheckpointConfig.DEFAULT_MIN_PAUSE_BETWEEN_CHECKPOINTS)

    def set_min_pause_between_checkpoints(self, min_pause_between_checkpoints: int) -> CheckpointConfig:
        """The pause between the end of a checkpoint and the begin of the next, in milliseconds from 0."""
        if min_pause_between_checkpoints < 0:
            raise ValueError(f"the pause between checkpoints is from 0 ms, not {min_pause_between_checkpoints}")
        return self._millis(_MIN_PAUSE, min_pause_between_checkpoints)

    def get_max_concurrent_checkpoints(self) -> int:
        """How many checkpoints may be in progress at a time."""
        default = CheckpointConfig.DEFAULT_MAX_CONCURRENT_CHECKPOINTS
        return options.number(self._config, _MAX_CONCURRENT, default)

    def set_max_concurrent_checkpoints(self, max_concurrent_checkpoints: int) -> CheckpointConfig:
        """How many checkpoints may be in progress at a time, at least 1."""
        if max_concurrent_checkpoints < 1:
            raise ValueError(f"at least one checkpoint has to be possible at a time, not {max_concurrent_checkpoints}")
        self._config.set_integer(_MAX_CONCURRENT, max_concurrent_checkpoints)
        return self

    def is_fail_on_checkpointing_errors(self) -> bool:
        """Whether a checkpoint that fails makes the job fail."""
        return self.get_tolerable_checkpoint_failure_number() == 0

    def set_fail_on_checkpointing_errors(self, fail_on_checkpointing_errors: bool) -> CheckpointConfig:
        """Whether a checkpoint that fails makes the job fail; otherwise any number may fail."""
        return self.set_tolerable_checkpoint_failure_number(0 if fail_on_checkpointing_errors else 2**31 - 1)

    def get_tolerable_checkpoint_failure_number(self) -> int:
        """How many checkpoints in a row may fail before the job does."""
        return options.number(self._config, _TOLERABLE, 0)

    def set_tolerable_checkpoint_failure_number(self, tolerable_checkpoint_failure_number: int) -> CheckpointConfig:
        """How many checkpoints in a row may fail before the job does, from 0."""
        if tolerable_checkpoint_failure_number < 0:
            raise ValueError(f"tolerable failures are from 0, not {tolerable_checkpoint_failure_number}")
        self._config.set_integer(_TOLERABLE, tolerable_checkpoint_failure_number)
        return self

    def set_externalized_checkpoint_retention(
        self, retention_mode: ExternalizedCheckpointRetention
    ) -> CheckpointConfig:
        """What becomes of the job's checkpoints when it is cancelled."""
        self._config.set_string(_RETENTION, retention_mode.name)
        return self

    def get_externalized_checkpoint_retention(self) -> ExternalizedCheckpointRetention | None:
        """What becomes of the job's checkpoints when it is cancelled."""
        return ExternalizedCheckpointRetention[self._retention()]

    def is_externalized_checkpoints_enabled(self) -> bool:
        """Whether checkpoints may outlive the job."""
        return self._retention() != ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS.name

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether checkpoints contain records on their way between tasks."""
        return options.flag(self._config, _UNALIGNED, False)

    def enable_unaligned_checkpoints(self, enabled: bool = True) -> CheckpointConfig:
        """Let checkpoints contain records on their way between tasks, so that they are quick under backpressure."""
        self._config.set_boolean(_UNALIGNED, enabled)
        return self

    def disable_unaligned_checkpoints(self) -> CheckpointConfig:
        """Checkpoints wait until tasks have aligned their inputs."""
        return self.enable_unaligned_checkpoints(False)

    def set_aligned_checkpoint_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """How long an unaligned checkpoint first tries to be an aligned one."""
        return self._millis(_ALIGNED_TIMEOUT, alignment_timeout._to_millis())

    def get_aligned_checkpoint_timeout(self) -> Duration:
        """How long an unaligned checkpoint first tries to be an aligned one."""
        return Duration.of_millis(options.millis(self._config, _ALIGNED_TIMEOUT, 0))

    def set_alignment_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """The same as `set_aligned_checkpoint_timeout`."""
        return self.set_aligned_checkpoint_timeout(alignment_timeout)

    def get_alignment_timeout(self) -> Duration:
        """The same as `get_aligned_checkpoint_timeout`."""
        return self.get_aligned_checkpoint_timeout()

    def set_force_unaligned_checkpoints(self, force_unaligned_checkpoints: bool = True) -> CheckpointConfig:
        """Whether checkpoints are unaligned in every case."""
        self._config.set_boolean(_FORCE_UNALIGNED, force_unaligned_checkpoints)
        return self

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether checkpoints are unaligned in every case."""
        return options.flag(self._config, _FORCE_UNALIGNED, False)

    # Flink 1.x.

    def enable_externalized_checkpoints(self, cleanup_mode: ExternalizedCheckpointCleanup) -> CheckpointConfig:
        """What becomes of the job's checkpoints when it is cancelled."""
        return self.set_externalized_checkpoint_cleanup(cleanup_mode)

    def set_externalized_checkpoint_cleanup(self, cleanup_mode: ExternalizedCheckpointCleanup) -> CheckpointConfig:
        """What becomes of the job's checkpoints when it is cancelled."""
        self._config.set_string(_RETENTION, cleanup_mode.name)
        return self

    def get_externalized_checkpoint_cleanup(self) -> ExternalizedCheckpointCleanup | None:
        """What becomes of the job's checkpoints when it is cancelled."""
        return ExternalizedCheckpointCleanup[self._retention()]

    def set_checkpoint_storage(self, storage: CheckpointStorage) -> CheckpointConfig:
        """Where checkpoints go."""
        for key, value in storage._options().items():
            self._config.set_string(key, value)
        return self

    def set_checkpoint_storage_dir(self, checkpoint_path: str) -> CheckpointConfig:
        """The directory, as a URL, that checkpoints go to."""
        return self.set_checkpoint_storage(FileSystemCheckpointStorage(checkpoint_path))

    def get_checkpoint_storage(self) -> CheckpointStorage | None:
        """Where checkpoints go; None if nothing was set."""
        directory = options.text(self._config, "execution.checkpointing.dir")
        if directory is not None:
            return FileSystemCheckpointStorage(directory)
        kind = options.text(self._config, "execution.checkpointing.storage")
        return JobManagerCheckpointStorage() if kind == "jobmanager" else None

    def _retention(self) -> str:
        default = ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS.name
        return (options.text(self._config, _RETENTION) or default).upper().replace("-", "_")

    def _millis(self, key: str, value: int) -> CheckpointConfig:
        options.set_millis(self._config, key, value)
        return self
