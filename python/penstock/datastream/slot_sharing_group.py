"""Groups of operators that share slots, and sizes of memory."""

from __future__ import annotations

from functools import total_ordering
from typing import NoReturn

_MEBI = 1 << 20
_UNITS = ["bytes", "kb", "mb", "gb", "tb"]


@total_ordering
class MemorySize:
    """A size of memory. `j_memory_size` is the same as `bytes_size`."""

    def __init__(self, j_memory_size: int | None = None, bytes_size: int | None = None) -> None:
        size = bytes_size if j_memory_size is None else j_memory_size
        if size is None or size < 0:
            raise ValueError(f"MemorySize takes bytes_size, a number of bytes from 0, not {size}")
        self._bytes = size

    @staticmethod
    def of_mebi_bytes(mebi_bytes: int) -> MemorySize:
        """So many MiB."""
        return MemorySize(bytes_size=mebi_bytes * _MEBI)

    def get_bytes(self) -> int:
        """Bytes."""
        return self._bytes

    def get_kibi_bytes(self) -> int:
        """Whole KiB."""
        return self._bytes >> 10

    def get_mebi_bytes(self) -> int:
        """Whole MiB."""
        return self._bytes >> 20

    def get_gibi_bytes(self) -> int:
        """Whole GiB."""
        return self._bytes >> 30

    def get_tebi_bytes(self) -> int:
        """Whole TiB."""
        return self._bytes >> 40

    def get_java_memory_size(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("MemorySize.get_java_memory_size")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemorySize) and self._bytes == other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __lt__(self, other: MemorySize) -> bool:
        return self._bytes < _checked(other)._bytes

    def __le__(self, other: MemorySize) -> bool:
        return self._bytes <= _checked(other)._bytes

    def __str__(self) -> str:
        power = next((power for power in (4, 3, 2, 1) if self._bytes and self._bytes % 1024**power == 0), 0)
        return f"{self._bytes >> 10 * power} {_UNITS[power]}"


def _checked(other: object) -> MemorySize:
    if not isinstance(other, MemorySize):
        raise TypeError(f"a MemorySize is compared with another one, not with {other!r}")
    return other


class SlotSharingGroup:
    """A group of operators that share slots, with what a slot of it needs; made by `SlotSharingGroup.builder(name)`."""

    def __init__(self, j_slot_sharing_group: SlotSharingGroup.Builder) -> None:
        self._spec = j_slot_sharing_group

    @staticmethod
    def builder(name: str) -> SlotSharingGroup.Builder:
        """Begin a group of this name."""
        return SlotSharingGroup.Builder(name)

    def get_name(self) -> str:
        """The group's name."""
        return self._spec.name

    def get_managed_memory(self) -> MemorySize | None:
        """Memory that the engine manages."""
        return self._spec.managed_memory

    def get_task_heap_memory(self) -> MemorySize | None:
        """Memory for objects."""
        return self._spec.task_heap_memory

    def get_task_off_heap_memory(self) -> MemorySize | None:
        """Memory for everything else."""
        return self._spec.task_off_heap_memory

    def get_cpu_cores(self) -> float | None:
        """Cores."""
        return self._spec.cpu_cores

    def get_external_resources(self) -> dict[str, float]:
        """Amounts of other things, such as GPUs."""
        return dict(self._spec.external_resources)

    def get_java_slot_sharing_group(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("SlotSharingGroup.get_java_slot_sharing_group")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotSharingGroup) and self._spec.__dict__ == other._spec.__dict__

    def __hash__(self) -> int:
        return hash(self._spec.name)

    class Builder:
        """Makes a group. `j_builder` is its name."""

        def __init__(self, j_builder: str) -> None:
            self.name = j_builder
            self.cpu_cores: float | None = None
            self.task_heap_memory: MemorySize | None = None
            self.task_off_heap_memory: MemorySize | None = None
            self.managed_memory: MemorySize | None = None
            self.external_resources: dict[str, float] = {}

        def set_cpu_cores(self, cpu_cores: float) -> SlotSharingGroup.Builder:
            """Cores, above zero."""
            if cpu_cores <= 0:
                raise ValueError(f"cpu_cores has to be above zero, not {cpu_cores}")
            self.cpu_cores = float(cpu_cores)
            return self

        def set_task_heap_memory(self, task_heap_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Memory for objects."""
            self.task_heap_memory = task_heap_memory
            return self

        def set_task_heap_memory_mb(self, task_heap_memory_mb: int) -> SlotSharingGroup.Builder:
            """Memory for objects, in MiB."""
            return self.set_task_heap_memory(MemorySize.of_mebi_bytes(task_heap_memory_mb))

        def set_task_off_heap_memory(self, task_off_heap_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Memory for everything else."""
            self.task_off_heap_memory = task_off_heap_memory
            return self

        def set_task_off_heap_memory_mb(self, task_off_heap_memory_mb: int) -> SlotSharingGroup.Builder:
            """Memory for everything else, in MiB."""
            return self.set_task_off_heap_memory(MemorySize.of_mebi_bytes(task_off_heap_memory_mb))

        def set_managed_memory(self, managed_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Memory that the engine manages."""
            self.managed_memory = managed_memory
            return self

        def set_managed_memory_mb(self, managed_memory_mb: int) -> SlotSharingGroup.Builder:
            """Memory that the engine manages, in MiB."""
            return self.set_managed_memory(MemorySize.of_mebi_bytes(managed_memory_mb))

        def set_external_resource(self, name: str, value: float) -> SlotSharingGroup.Builder:
            """An amount of something else, such as GPUs."""
            self.external_resources[name] = float(value)
            return self

        def build(self) -> SlotSharingGroup:
            """The group. Raises ValueError if only one of cores and heap memory is set."""
            if (self.cpu_cores is None) != (self.task_heap_memory is None):
                raise ValueError("a slot sharing group needs both cpu_cores and task_heap_memory, or neither")
            return SlotSharingGroup(self)
