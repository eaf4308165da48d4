"""Python runs this at its start, where the tests have put this folder on PYTHONPATH."""

import json
import os
import sys
from pathlib import Path


def _start(folder: Path) -> None:
    sys.path.insert(0, str(folder.parent))
    sys.path.insert(0, os.environ["API_TRACE_CODE"])
    from tracer import Tracer  # type: ignore[import-not-found]

    del sys.path[:2]
    settings = json.loads((folder / "table.json").read_text())
    # Slot processes end without running what is registered for their end, so each name is written at once.
    names = (folder / f"{os.getpid()}.names").open("a", buffering=1)
    Tracer(settings["table"], settings["package"], lambda name: names.write(name + "\n")).start()


if "API_TRACE" in os.environ:
    _start(Path(os.environ["API_TRACE"]))
