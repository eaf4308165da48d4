"""The kill points that a schedule may choose: where they lie, and for which jobs they exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AT_THE_MASTER: Mapping[str, int] = MappingProxyType(
    {
        "checkpoint-triggered": 4,
        "checkpoint-before-metadata": 4,
        "checkpoint-after-metadata": 4,
        "checkpoint-after-notify": 4,
        "checkpoint-half-removed": 3,
        "job-finished": 1,
    }
)
"""Passed by the process of the job, with the latest pass at which a schedule has it killed."""

AT_THE_END = "job-finished"
"""Reached only when all input was read, and before the checkpoints go."""

IN_TASKS: Mapping[str, int] = MappingProxyType(
    {
        "task-before-barrier": 12,
        "task-after-barrier": 12,
        "task-after-freeze": 12,
        "restored-keyed": 2,
    }
)
"""Passed where tasks run: in the process of the job, or in a slot process."""

OF_BACKEND: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "hashmap": MappingProxyType({"snapshot-before-finish": 6, "snapshot-after-finish": 6}),
        "rocksdb": MappingProxyType(
            {"incremental-after-links": 6, "incremental-before-file": 8, "incremental-after-file": 8}
        ),
    }
)

OF_SINK: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "kafka": MappingProxyType(
            {
                "kafka-before-prepare": 6,
                "kafka-after-prepare": 6,
                "kafka-before-commit": 6,
                "kafka-between-commits": 6,
                "kafka-after-commit": 6,
            }
        ),
        "file": MappingProxyType({"file-before-commit": 6, "file-after-commit": 6}),
        "python": MappingProxyType(
            {
                "python-before-prepare": 6,
                "python-after-prepare": 6,
                "python-before-commit": 6,
                "python-after-commit": 6,
            }
        ),
    }
)


def in_tasks(backend: str, sink: str) -> dict[str, int]:
    """The points that the tasks of such a job come past.

    >>> in_tasks("hashmap", "file")["file-after-commit"]
    6
    """
    return {**IN_TASKS, **OF_BACKEND[backend], **OF_SINK[sink]}
