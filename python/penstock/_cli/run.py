"""`penstock run`: runs a script in this process, with `pyflink` meaning Penstock."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from penstock._build import running
from penstock._build.observers import SUBMISSION_OBSERVERS
from penstock._cli import options, script, status_line
from penstock._cli.logs import start_logging
from penstock._cli.watching import inside
from penstock._runtime import garbage

# Where the REST server listens unless the configuration says otherwise: Flink's port if it is free.
_REST_PORTS = "8081,0"
_SECONDS_TO_FETCH_RESULTS = 5.0
# The smallest exit status of a process that a signal has ended.
_BY_SIGNAL = 128


def main(argv: Sequence[str]) -> int:
    """Run the script that the command line names; the exit status of the command."""
    chosen = options.parse(argv)
    if chosen.watch:
        return _watch(chosen, argv)
    inside.die_with_supervisor()
    start_logging(chosen.log_level)
    garbage.collect_less_often()
    if chosen.ignored:
        ignored = ", ".join(chosen.ignored)
        logging.getLogger("penstock").info("%s: not needed, connectors are built in and there is no JVM", ignored)
    _prepare(chosen)
    signal.signal(signal.SIGTERM, _terminate)
    with status_line.shown():
        status = script.run(chosen.script, chosen.module, chosen.arguments)
    # Who ends the process by a signal does not want to wait for others.
    _settle_rest(_SECONDS_TO_FETCH_RESULTS if status < _BY_SIGNAL else 0.0)
    if not running.stop():
        running.leave_at_once(status)
    return status


def _watch(chosen: options.RunOptions, argv: Sequence[str]) -> int:
    from penstock._cli.watching import supervisor

    signal.signal(signal.SIGTERM, _terminate)
    watch = supervisor.Watch(
        path=chosen.script or "",
        arguments=options.without_watching(argv),
        configuration={**_configuration_file(), **chosen.configuration},
        mode=chosen.upgrade_mode,
        allow_dropped_state="execution.savepoint.ignore-unclaimed-state" in chosen.configuration,
    )
    try:
        return supervisor.run(watch)
    except KeyboardInterrupt:
        return script.INTERRUPTED


def _settle_rest(patience: float) -> None:
    """Let whoever stopped the job learn how it ended, before this process and its REST server are gone."""
    native = sys.modules.get("penstock._native")
    if native is not None:
        native.settle_rest(patience)


def _prepare(chosen: options.RunOptions) -> None:
    from penstock import _compat
    from penstock._build import defaults, provisioning

    defaults.RUNNING_UNDER_CLI = True
    SUBMISSION_OBSERVERS.append(inside.describe)
    defaults.BASE_CONFIGURATION["penstock.rest.fallback-ports"] = _REST_PORTS
    defaults.BASE_CONFIGURATION.update(_configuration_file())
    defaults.BASE_CONFIGURATION.update(chosen.configuration)
    inside.set_restore(defaults.BASE_CONFIGURATION)
    for path in reversed(chosen.python_files):
        sys.path.insert(0, os.path.abspath(path) if os.path.isdir(path) else os.path.dirname(os.path.abspath(path)))
    _compat.install()
    try:
        # Before the script runs, which may import what it brings along.
        provisioning.provide(defaults.BASE_CONFIGURATION)
    except (RuntimeError, ValueError) as error:
        print(f"penstock: {error}", file=sys.stderr)
        raise SystemExit(script.WRONG_CALL) from None


def _configuration_file() -> dict[str, str]:
    """`config.yaml` of the folder that PENSTOCK_CONF_DIR or FLINK_CONF_DIR names. Exits with 2 if it is wrong."""
    variable = next((name for name in ("PENSTOCK_CONF_DIR", "FLINK_CONF_DIR") if os.environ.get(name)), None)
    if variable is None:
        return {}
    from penstock import _native

    path = os.path.join(os.environ[variable], "config.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            return _native.parse_config_yaml(file.read())
    except OSError as error:
        problem = f"{variable}: {path}: {error.strerror}"
    except ValueError as error:
        problem = f"{path}: {error}"
    print(f"penstock: {problem}", file=sys.stderr)
    raise SystemExit(script.WRONG_CALL)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)
