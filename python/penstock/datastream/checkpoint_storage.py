"""Where checkpoints go."""

from __future__ import annotations

from typing import Any

from penstock.util.exceptions import NoJavaError

_KIND = "execution.checkpointing.storage"
_DIRECTORY = "execution.checkpointing.dir"


class CheckpointStorage:
    """Where checkpoints go. `j_checkpoint_storage` are the configuration options that say the same."""

    def __init__(self, j_checkpoint_storage: dict[str, str]) -> None:
        self._said = j_checkpoint_storage

    def _options(self) -> dict[str, str]:
        return self._said


class JobManagerCheckpointStorage(CheckpointStorage):
    """In the JobManager's memory, and so gone with it; with a path, in files as well."""

    DEFAULT_MAX_STATE_SIZE = 5 * 1024 * 1024

    def __init__(
        self,
        checkpoint_path: str | None = None,
        max_state_size: int | None = None,
        j_jobmanager_checkpoint_storage: dict[str, str] | None = None,
    ) -> None:
        said = j_jobmanager_checkpoint_storage or {_KIND: "jobmanager"}
        if checkpoint_path is not None:
            said = {**said, _DIRECTORY: checkpoint_path}
        super().__init__(said)
        self._max_state_size = max_state_size or JobManagerCheckpointStorage.DEFAULT_MAX_STATE_SIZE

    def get_checkpoint_path(self) -> str | None:
        """Where the files go; None without."""
        return self._said.get(_DIRECTORY)

    def get_max_state_size(self) -> int:
        """How many bytes the state of one task may take."""
        return self._max_state_size

    def get_savepoint_path(self) -> str | None:
        """Where savepoints go; None if that is for the configuration to say."""
        return None

    def __str__(self) -> str:
        return f"JobManagerCheckpointStorage({self.get_checkpoint_path()})"


class FileSystemCheckpointStorage(CheckpointStorage):
    """In a directory, given as a URL such as `file:///data/checkpoints` or `s3://bucket/checkpoints`.

    State of at most `file_state_size_threshold` bytes goes into the checkpoint's metadata instead of a file of its own.
    """

    MAX_FILE_STATE_THRESHOLD = 1024 * 1024

    def __init__(
        self,
        checkpoint_path: str | None = None,
        file_state_size_threshold: int | None = None,
        write_buffer_size: int = -1,
        j_filesystem_checkpoint_storage: dict[str, str] | None = None,
    ) -> None:
        said = dict(j_filesystem_checkpoint_storage or {})
        if not said:
            if checkpoint_path is None:
                raise ValueError("FileSystemCheckpointStorage needs a checkpoint_path")
            said = {_KIND: "filesystem", _DIRECTORY: str(checkpoint_path)}
        if file_state_size_threshold is not None:
            if not 0 <= file_state_size_threshold <= FileSystemCheckpointStorage.MAX_FILE_STATE_THRESHOLD:
                raise ValueError(f"file_state_size_threshold is from 0 to 1 MiB, not {file_state_size_threshold}")
            said["execution.checkpointing.data-inline-threshold"] = f"{file_state_size_threshold} b"
        if write_buffer_size > 0:
            said["execution.checkpointing.write-buffer-size"] = str(write_buffer_size)
        super().__init__(said)
        self._threshold = 20 * 1024 if file_state_size_threshold is None else file_state_size_threshold
        self._write_buffer_size = write_buffer_size if write_buffer_size > 0 else max(4096, self._threshold)

    def get_checkpoint_path(self) -> str:
        """The directory."""
        return self._said[_DIRECTORY]

    def get_savepoint_path(self) -> str | None:
        """Where savepoints go; None if that is for the configuration to say."""
        return None

    def get_min_file_size_threshold(self) -> int:
        """How many bytes a state may have to go into the metadata."""
        return self._threshold

    def get_write_buffer_size(self) -> int:
        """How many bytes are written at once."""
        return self._write_buffer_size

    def __str__(self) -> str:
        return f"FileSystemCheckpointStorage({self.get_checkpoint_path()})"


class CustomCheckpointStorage(CheckpointStorage):
    """PyFlink's holder of a Java object, which Penstock cannot call: raises NoJavaError."""

    def __init__(self, j_custom_checkpoint_storage: Any) -> None:
        raise NoJavaError("CustomCheckpointStorage")
