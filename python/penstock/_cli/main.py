"""Finds the command and calls it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

COMMANDS = {
    "run": "run a job script: penstock run [options] job.py [arguments]",
    "list": "list jobs: penstock list [-a]",
    "savepoint": "save the state of a job: penstock savepoint JOB [DIRECTORY]",
    "stop": "end a job with a savepoint: penstock stop [--drain] JOB",
    "cancel": "end a job: penstock cancel JOB",
    "checkpoint": "take a checkpoint of a job: penstock checkpoint JOB",
    "checkpoints": "list the checkpoints of a job: penstock checkpoints JOB",
    "check": "say what a script uses that Penstock lacks, without running it: penstock check job.py",
    "api": "how much of PyFlink is here",
    "state": "what is in a checkpoint or savepoint: penstock state ls PATH, penstock state show PATH",
    "dev": "things for trying out: penstock dev kafka",
}

USAGE = """usage: penstock COMMAND [arguments]

{commands}

penstock COMMAND --help tells more. penstock --version prints the version."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 success, 1 the job failed, 2 a wrong call, 130 Ctrl-C, 143 SIGTERM."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--version"]:
        from penstock.version import __version__

        print(__version__)
        return 0
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        print(f"penstock: there is no command {arguments[0]!r}\n{usage()}", file=sys.stderr)
        return 2
    command: Callable[[Sequence[str]], int] = import_module(f"penstock._cli.{arguments[0]}").main
    return command(arguments[1:])


def usage() -> str:
    """What `penstock --help` prints."""
    return USAGE.format(commands="\n".join(f"  {name:13}{text}" for name, text in COMMANDS.items()))
