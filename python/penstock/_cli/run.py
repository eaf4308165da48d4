"""`penstock run`: runs a script in this process, with `pyflink` meaning Penstock."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from penstock._cli import options, script, status_line
from penstock._cli.logs import start_logging

_log = logging.getLogger("penstock")


def main(argv: Sequence[str]) -> int:
    """Run the script that the command line names; the exit status of the command."""
    chosen = options.parse(argv)
    start_logging(chosen.log_level)
    if chosen.ignored:
        _log.info("%s: not needed, connectors are built in and there is no JVM", ", ".join(chosen.ignored))
    _prepare(chosen)
    signal.signal(signal.SIGTERM, _terminate)
    with status_line.shown():
        return script.run(chosen.script, chosen.module, chosen.arguments)


def _prepare(chosen: options.RunOptions) -> None:
    from penstock import _compat
    from penstock._build import defaults

    defaults.RUNNING_UNDER_CLI = True
    defaults.BASE_CONFIGURATION.update(_configuration_file())
    defaults.BASE_CONFIGURATION.update(chosen.configuration)
    for path in reversed(chosen.python_files):
        sys.path.insert(0, os.path.abspath(path) if os.path.isdir(path) else os.path.dirname(os.path.abspath(path)))
    _compat.install()


def _configuration_file() -> dict[str, str]:
    """`config.yaml` of the folder that PENSTOCK_CONF_DIR or FLINK_CONF_DIR names."""
    folder = os.environ.get("PENSTOCK_CONF_DIR") or os.environ.get("FLINK_CONF_DIR")
    path = os.path.join(folder, "config.yaml") if folder else None
    if path is None or not os.path.exists(path):
        return {}
    from penstock import _native

    with open(path, encoding="utf-8") as file:
        try:
            return _native.parse_config_yaml(file.read())
        except ValueError as error:
            raise SystemExit(f"penstock: {path}: {error}") from None


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)
