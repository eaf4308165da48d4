"""When a sink begins a new part file."""

from __future__ import annotations

from typing import Any

from penstock.common.utils import JavaObjectWrapper


class RollingPolicy(JavaObjectWrapper):
    """When a sink begins a new part file. `j_rolling_policy` is the engine's form."""

    def __init__(self, j_rolling_policy: dict[str, Any]) -> None:
        super().__init__(j_rolling_policy)
        self._policy = j_rolling_policy

    @staticmethod
    def default_rolling_policy(
        part_size: int = 1024 * 1024 * 128, rollover_interval: int = 60 * 1000, inactivity_interval: int = 60 * 1000
    ) -> DefaultRollingPolicy:
        """When a part has so many bytes, is so old, or has had no record for so long (milliseconds)."""
        for name, value in (("part_size", part_size), ("rollover_interval", rollover_interval)):
            if value <= 0:
                raise ValueError(f"{name} has to be above zero, not {value}")
        return DefaultRollingPolicy(
            {
                "part_size": part_size,
                "rollover_interval_ms": rollover_interval,
                "inactivity_interval_ms": inactivity_interval,
            }
        )

    @staticmethod
    def on_checkpoint_rolling_policy() -> OnCheckpointRollingPolicy:
        """With every checkpoint."""
        return OnCheckpointRollingPolicy({"on_checkpoint": True})


class DefaultRollingPolicy(RollingPolicy):
    """By size, age and inactivity."""


class OnCheckpointRollingPolicy(RollingPolicy):
    """With every checkpoint."""
