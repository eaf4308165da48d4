"""One format for the log lines of the engine and of Python's `logging`, all on standard error."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import Any

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "off": logging.CRITICAL + 1,
}


def start_logging(level: str | None) -> None:
    """Send log lines to standard error. Exits with 2 if the level cannot be understood.

    `level` is a level, or a filter of the engine such as `info,penstock_cluster=debug`. Without one, PENSTOCK_LOG
    counts, then `info`; on a terminal only warnings are shown, because there the status line tells how the job is.
    """
    from penstock import _native
    from penstock._build import defaults

    chosen = level or os.environ.get("PENSTOCK_LOG") or ("warn" if sys.stderr.isatty() else "info,librdkafka=warn")
    try:
        _native.init_logging(_checked(chosen))
    except ValueError as error:
        print(f"penstock: {'--log-level' if level else 'PENSTOCK_LOG'}: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    defaults.ENGINE_LOG = chosen
    _start_python_logging(next((_LEVELS[part] for part in chosen.split(",") if part in _LEVELS), logging.WARNING))


def _checked(text: str) -> str:
    """The engine takes any word for the name of a module, so a level with a slip of the pen would show nothing."""
    for part in text.split(","):
        name, equals, level = part.partition("=")
        if (level if equals else name) not in _LEVELS:
            raise ValueError(
                f"{part!r} is not a level; levels are {', '.join(_LEVELS)}, and a filter is like "
                "info,penstock_cluster=debug"
            )
    return text


def _start_python_logging(level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Format("%(asctime)s %(levelname)5s %(name)s: %(message)s"))
    own = logging.getLogger("penstock")
    own.addHandler(handler)
    own.propagate = False
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    _step_aside(root, handler)


def _step_aside(root: logging.Logger, handler: logging.Handler) -> None:
    """Lines of the script go our way until it sets up logging of its own.

    `basicConfig` does nothing where the root logger has a handler, and scripts do not expect that it has one.
    """
    configure = logging.basicConfig

    def basic_config(**options: Any) -> None:
        if options:
            root.removeHandler(handler)
        configure(**options)

    logging.basicConfig = basic_config


class _Format(logging.Formatter):
    """The engine's times are UTC, so these are too, and it writes WARN."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        if record.levelno == logging.WARNING:
            record.levelname = "WARN"
        return super().format(record)
