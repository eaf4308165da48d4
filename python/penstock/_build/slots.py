"""Slot processes, where their job is submitted: how they are started, and what becomes of what they log.

A slot process is another process of this interpreter, with the same path, options and log levels.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

from penstock._build import defaults

# The path is there before anything is imported from it.
_START = "import sys, json; s = json.loads(sys.argv[1]); sys.path[:] = s['path']; \
from penstock._runtime.slot import main; main(s)"


def can_start() -> bool:
    """Whether this process can be started again, and whether that would run more functions at a time."""
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return bool(sys.executable) and has_gil


def command(stacks: os.PathLike[str]) -> list[str]:
    """The command of a slot process; it writes what its threads were at into `stacks` if it crashes."""
    flags: list[str] = getattr(subprocess, "_args_from_interpreter_flags", list)()
    return [sys.executable, *flags, "-c", _START, json.dumps(_settings(os.fspath(stacks)))]


def _settings(stacks: str) -> dict[str, object]:
    from penstock._compat import PyFlinkFinder

    return {
        "path": sys.path,
        "arguments": sys.argv,
        "pyflink": any(isinstance(finder, PyFlinkFinder) for finder in sys.meta_path),
        "engine_log": defaults.ENGINE_LOG,
        "levels": _levels(),
        "stacks": stacks,
    }


def _levels() -> dict[str, int]:
    loggers = logging.root.manager.loggerDict.items()
    levels = {name: known.level for name, known in loggers if isinstance(known, logging.Logger) and known.level}
    return {**levels, "": logging.root.level}


def log(record: bytes) -> None:
    """Handle a log record of a slot process as if it had been logged here."""
    made = logging.makeLogRecord(json.loads(record))
    logger = logging.getLogger(made.name)
    if logger.isEnabledFor(made.levelno):
        logger.handle(made)
