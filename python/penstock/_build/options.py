"""Options of an environment's configuration, read under their old names too."""

from __future__ import annotations

from penstock._build.amounts import parse_millis
from penstock.common.configuration import Configuration

# Only keys that the Python side reads: the engine knows all old names.
_OLD_NAMES = {
    "execution.checkpointing.aligned-checkpoint-timeout": ["execution.checkpointing.alignment-timeout"],
    "execution.checkpointing.dir": ["state.checkpoints.dir", "state.backend.fs.checkpointdir"],
    "execution.checkpointing.incremental": ["state.backend.incremental"],
    "execution.checkpointing.savepoint-dir": ["state.savepoints.dir", "savepoints.state.backend.fs.dir"],
    "execution.checkpointing.unaligned.enabled": ["execution.checkpointing.unaligned"],
    "pipeline.operator-chaining.enabled": ["pipeline.operator-chaining"],
    "state.backend.type": ["state.backend"],
    "state.changelog.enabled": ["state.backend.changelog.enabled"],
}


def text(config: Configuration, key: str) -> str | None:
    """The text of an option, if it is set under its name or an old one."""
    for name in [key, *_OLD_NAMES.get(key, [])]:
        if config.contains_key(name):
            return config.get_string(name, "")
    return None


def millis(config: Configuration, key: str, default: int) -> int:
    """An option that is a length of time, in milliseconds."""
    value = text(config, key)
    return default if value is None else parse_millis(key, value)


def number(config: Configuration, key: str, default: int) -> int:
    """An option that is a whole number."""
    value = text(config, key)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{key}: {value!r} is not a whole number") from None


def flag(config: Configuration, key: str, default: bool) -> bool:
    """An option that is true or false."""
    value = text(config, key)
    if value is None:
        return default
    if value.strip().lower() not in ("true", "false"):
        raise ValueError(f"{key}: {value!r} is not true or false")
    return value.strip().lower() == "true"


def set_millis(config: Configuration, key: str, value: int) -> None:
    """Set an option that is a length of time in milliseconds."""
    config.set_string(key, f"{int(value)} ms")
