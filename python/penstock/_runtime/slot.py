"""The main program of a slot process: it runs the functions of one slot of a job that was submitted elsewhere."""

from __future__ import annotations

import faulthandler
import io
import json
import logging
import os
import sys
from types import ModuleType
from typing import Any

# Before there are threads: tasks import parts of it at the same time, and would meet half-made modules.
import penstock.datastream  # noqa: F401
from penstock import _native
from penstock._runtime import garbage, loading


def main(settings: dict[str, Any]) -> None:
    """Serve until the job is over. Standard input is the control connection."""
    control = os.dup(0)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.argv = settings["arguments"]
    garbage.collect_less_often()
    # Kept open as long as the process lives.
    faulthandler.enable(os.open(settings["stacks"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    if settings["pyflink"]:
        from penstock import _compat

        _compat.install()
    _stand_for_script()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    _native.init_logging(settings["engine_log"])
    slot = _native.Slot(control)
    _log_to(slot, settings["levels"])
    slot.serve()
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is left to be put in order, and threads of user code may still run.
    os._exit(0)


def _stand_for_script() -> None:
    """Make an empty module of the script, which gets its classes as functions bring them."""
    sys.modules["__main__"] = ModuleType("__main__")
    loading.STANDS_FOR_SCRIPT = True


def _log_to(slot: _native.Slot, levels: dict[str, int]) -> None:
    logging.root.addHandler(_ToSubmitter(slot))
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level)


class _ToSubmitter(logging.Handler):
    """Hands log records to the process in which the job was submitted, whose handlers decide about them."""

    def __init__(self, slot: _native.Slot) -> None:
        super().__init__()
        self._slot = slot

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        try:
            described = {**record.__dict__, "msg": record.getMessage(), "args": None, "exc_info": None}
            if record.exc_info:
                described["exc_text"] = logging.Formatter().formatException(record.exc_info)
            self._slot.log(json.dumps(described, default=str).encode())
        except Exception:
            self.handleError(record)
