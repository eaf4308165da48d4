"""Where state lives."""

from __future__ import annotations

from enum import Enum
from typing import Any

from penstock.util.exceptions import NoJavaError

_TYPE = "state.backend.type"
_DIRECTORY = "execution.checkpointing.dir"
_SAVEPOINTS = "execution.checkpointing.savepoint-dir"
_INCREMENTAL = "execution.checkpointing.incremental"


class StateBackend:
    """Where state lives. `j_state_backend` are the configuration options that say the same."""

    def __init__(self, j_state_backend: dict[str, str]) -> None:
        self._said = j_state_backend

    def _options(self) -> dict[str, str]:
        return self._said

    def __str__(self) -> str:
        said = ", ".join(f"{option}={value}" for option, value in self._said.items())
        return f"{type(self).__name__}({said})"


class HashMapStateBackend(StateBackend):
    """In memory."""

    def __init__(self, j_hashmap_state_backend: dict[str, str] | None = None) -> None:
        super().__init__(j_hashmap_state_backend or {_TYPE: "hashmap"})


class PredefinedOptions(Enum):
    """RocksDB's settings for kinds of disks. Accepted; they change nothing yet."""

    DEFAULT = 0
    SPINNING_DISK_OPTIMIZED = 1
    SPINNING_DISK_OPTIMIZED_HIGH_MEM = 2
    FLASH_SSD_OPTIMIZED = 3


class EmbeddedRocksDBStateBackend(StateBackend):
    """On the local disk, in RocksDB."""

    def __init__(
        self,
        enable_incremental_checkpointing: bool | None = None,
        j_embedded_rocks_db_state_backend: dict[str, str] | None = None,
    ) -> None:
        super().__init__(dict(j_embedded_rocks_db_state_backend or {_TYPE: "rocksdb"}))
        if enable_incremental_checkpointing is not None:
            self._said[_INCREMENTAL] = str(bool(enable_incremental_checkpointing)).lower()

    def set_db_storage_paths(self, *paths: str) -> None:
        """The directories of the local disk that RocksDB may use."""
        if not paths:
            raise ValueError("set_db_storage_paths needs at least one directory")
        self._said["state.backend.rocksdb.localdir"] = ",".join(paths)

    def get_db_storage_paths(self) -> list[str]:
        """The directories of the local disk that RocksDB may use."""
        text = self._said.get("state.backend.rocksdb.localdir", "")
        return text.split(",") if text else []

    def is_incremental_checkpoints_enabled(self) -> bool:
        """Whether a checkpoint contains only what changed since the one before."""
        return self._said.get(_INCREMENTAL) == "true"

    def set_predefined_options(self, options: PredefinedOptions) -> None:
        """RocksDB's settings for a kind of disk."""
        self._said["state.backend.rocksdb.predefined-options"] = options.name

    def get_predefined_options(self) -> PredefinedOptions:
        """RocksDB's settings for a kind of disk."""
        return PredefinedOptions[self._said.get("state.backend.rocksdb.predefined-options", "DEFAULT")]

    def set_options(self, options_factory_class_name: str) -> None:
        """PyFlink's way to name a Java class, which Penstock cannot load: raises NoJavaError."""
        raise NoJavaError(f"{type(self).__name__}.set_options({options_factory_class_name!r})")

    def get_options(self) -> str | None:
        """None: there are no Java classes."""
        return None

    def get_number_of_transfer_threads(self) -> int:
        """How many threads copy files to and from checkpoints."""
        return int(self._said.get("state.backend.rocksdb.checkpoint.transfer.thread.num", "4"))

    def set_number_of_transfer_threads(self, number_of_transfering_threads: int) -> None:
        """How many threads copy files to and from checkpoints, at least 1."""
        if number_of_transfering_threads < 1:
            raise ValueError(f"at least one thread is needed, not {number_of_transfering_threads}")
        self._said["state.backend.rocksdb.checkpoint.transfer.thread.num"] = str(number_of_transfering_threads)


class CustomStateBackend(StateBackend):
    """PyFlink's holder of a Java object, which Penstock cannot call: raises NoJavaError."""

    def __init__(self, j_custom_state_backend: Any) -> None:
        raise NoJavaError("CustomStateBackend")


# Flink 1.x.


class MemoryStateBackend(StateBackend):
    """In memory, checkpoints too."""

    DEFAULT_MAX_STATE_SIZE = 5 * 1024 * 1024

    def __init__(
        self,
        checkpoint_path: str | None = None,
        savepoint_path: str | None = None,
        max_state_size: int | None = None,
        using_asynchronous_snapshots: bool | None = None,
        j_memory_state_backend: dict[str, str] | None = None,
    ) -> None:
        said = {_TYPE: "hashmap", "execution.checkpointing.storage": "jobmanager", _DIRECTORY: checkpoint_path}
        super().__init__(j_memory_state_backend or _given({**said, _SAVEPOINTS: savepoint_path}))
        self._max_state_size = max_state_size or MemoryStateBackend.DEFAULT_MAX_STATE_SIZE
        self._asynchronous = using_asynchronous_snapshots is not False

    def get_max_state_size(self) -> int:
        """How many bytes a state may have."""
        return self._max_state_size

    def is_using_asynchronous_snapshots(self) -> bool:
        """What was set; snapshots are always asynchronous."""
        return self._asynchronous


class FsStateBackend(StateBackend):
    """In memory, with checkpoints in a directory."""

    def __init__(
        self,
        checkpoint_directory_uri: str | None = None,
        default_savepoint_directory_uri: str | None = None,
        file_state_size_threshold: int | None = None,
        write_buffer_size: int | None = None,
        using_asynchronous_snapshots: bool | None = None,
        j_fs_state_backend: dict[str, str] | None = None,
    ) -> None:
        if checkpoint_directory_uri is None and j_fs_state_backend is None:
            raise ValueError("FsStateBackend needs a checkpoint_directory_uri")
        said = {_TYPE: "hashmap", _DIRECTORY: checkpoint_directory_uri, _SAVEPOINTS: default_savepoint_directory_uri}
        super().__init__(j_fs_state_backend or _given(said))
        self._threshold = 20 * 1024 if file_state_size_threshold is None else file_state_size_threshold
        self._write_buffer_size = write_buffer_size or max(4096, self._threshold)
        self._asynchronous = using_asynchronous_snapshots is not False

    def get_checkpoint_path(self) -> str:
        """The directory."""
        return self._said[_DIRECTORY]

    def get_min_file_size_threshold(self) -> int:
        """How many bytes a state may have to go into the metadata."""
        return self._threshold

    def get_write_buffer_size(self) -> int:
        """How many bytes are written at once."""
        return self._write_buffer_size

    def is_using_asynchronous_snapshots(self) -> bool:
        """What was set; snapshots are always asynchronous."""
        return self._asynchronous


class RocksDBStateBackend(EmbeddedRocksDBStateBackend):
    """On the local disk, in RocksDB, with checkpoints in a directory."""

    def __init__(
        self,
        checkpoint_data_uri: str | None = None,
        enable_incremental_checkpointing: bool | None = None,
        checkpoint_stream_backend: StateBackend | None = None,
        j_rocks_db_state_backend: dict[str, str] | None = None,
    ) -> None:
        said = {} if checkpoint_stream_backend is None else dict(checkpoint_stream_backend._options())
        said.update(_given({_TYPE: "rocksdb", _DIRECTORY: checkpoint_data_uri}))
        super().__init__(enable_incremental_checkpointing, j_rocks_db_state_backend or said)
        self._checkpoint_backend = checkpoint_stream_backend

    def get_checkpoint_backend(self) -> StateBackend:
        """Where checkpoints go."""
        return self._checkpoint_backend or FsStateBackend(self._said.get(_DIRECTORY, ""))

    def get_number_of_transfering_threads(self) -> int:
        """How many threads copy files to and from checkpoints."""
        return self.get_number_of_transfer_threads()

    def set_number_of_transfering_threads(self, number_of_transfering_threads: int) -> None:
        """How many threads copy files to and from checkpoints, at least 1."""
        self.set_number_of_transfer_threads(number_of_transfering_threads)


def _given(said: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in said.items() if value is not None}
