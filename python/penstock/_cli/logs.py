"""One format for the log lines of the engine and of Python's `logging`."""

from __future__ import annotations

import logging
import os
import sys
import time

_LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


def start_logging(level: str | None) -> None:
    """Send log lines to standard error.

    `level` is a level, or a filter of the engine such as `info,penstock_cluster=debug`. Without one, PENSTOCK_LOG
    counts, then `info`; on a terminal only warnings are shown, because there the status line tells how the job is.
    """
    from penstock import _native

    chosen = level or os.environ.get("PENSTOCK_LOG") or ("warn" if sys.stderr.isatty() else "info,librdkafka=warn")
    try:
        _native.init_logging(chosen)
    except ValueError as error:
        raise SystemExit(f"penstock: --log-level: {error}") from None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Format("%(asctime)s %(levelname)5s %(name)s: %(message)s"))
    logging.basicConfig(level=_LEVELS.get(chosen.split(",")[0], logging.INFO), handlers=[handler])


class _Format(logging.Formatter):
    """The engine's times are UTC, so these are too."""

    converter = time.gmtime
