"""The options of `penstock run`: those of `flink run` that mean something here."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

UPGRADE_MODES = ("savepoint", "last-state", "stateless")
_CLAIM_MODES = ["claim", "no_claim"]
_IGNORED = {"-j": "jarfile", "-C": "classpath", "-c": "klass"}


@dataclass(frozen=True)
class RunOptions:
    """What a call of `penstock run` asks for."""

    script: str | None
    module: str | None
    arguments: list[str]
    configuration: dict[str, str]
    python_files: list[str]
    log_level: str | None
    ignored: list[str]
    watch: bool
    upgrade_mode: str


def parse(argv: Sequence[str]) -> RunOptions:
    """Split a command line into our options and the script with its own arguments. Exits with 2 when it is wrong."""
    parser = _parser()
    own, rest = _split(parser, list(argv))
    known = parser.parse_args(own)
    script, module = known.python, known.pyModule
    if known.watch and module is not None:
        parser.error("--watch takes a script or a folder, and no -pym")
    if script is None and module is None:
        if not rest:
            parser.error("which script? penstock run job.py")
        script, rest = rest[0], rest[1:]
    return RunOptions(
        script=script,
        module=module,
        arguments=rest,
        configuration=_configuration(parser, known),
        python_files=[path for text in known.pyFiles for path in text.split(",") if path],
        log_level=known.log_level,
        ignored=[option for option, attribute in _IGNORED.items() if getattr(known, attribute)],
        watch=known.watch,
        upgrade_mode=known.upgradeMode,
    )


def without_watching(argv: Sequence[str]) -> list[str]:
    """A command line without the options that are about watching: that of the process that runs the job."""
    own, rest = _split(_parser(), list(argv))
    kept: list[str] = []
    skip = False
    for word in own:
        if not skip and word != "--watch" and word.partition("=")[0] != "--upgrade-mode":
            kept.append(word)
        skip = word == "--upgrade-mode" and not skip
    # What stands behind the options is the script's own, even if it looks like one of ours.
    return [*kept, *(["--"] if "--" in argv and rest and argv[len(own)] == "--" else []), *rest]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="penstock run", allow_abbrev=False, usage="penstock run [options] job.py [arguments of the script]"
    )
    add = parser.add_argument
    add("-p", "--parallelism", type=int, metavar="N", help="parallelism of operators that set none (default 1)")
    restore = "restore from this checkpoint or savepoint; 'latest': the newest of this job"
    add("-s", "--fromSavepoint", metavar="PATH", help=restore)
    add("-n", "--allowNonRestoredState", action="store_true", help="leave state behind that no operator claims")
    owner = "who owns what is restored: no_claim (default): you do; claim: the job, which removes it in time"
    add("-claimMode", "--claimMode", "-rm", "--restoreMode", type=str.lower, choices=_CLAIM_MODES, help=owner)
    option = "a configuration option; may be repeated"
    add("-D", dest="properties", action="append", default=[], metavar="KEY=VALUE", help=option)
    add("-py", "--python", metavar="FILE", help="the script, as flink run has it")
    add("-pym", "--pyModule", metavar="MODULE", help="run a module instead of a script")
    files = "files and folders to import from, comma separated"
    add("-pyfs", "--pyFiles", action="append", default=[], metavar="PATHS", help=files)
    add("-pyarch", "--pyArchives", metavar="PATHS", help="archives for the job, comma separated")
    add("-pyreq", "--pyRequirements", metavar="FILE", help="a requirements file for the job")
    add("-pyexec", "--pyExecutable", metavar="PYTHON", help="accepted; functions run in this interpreter")
    add("-pyclientexec", "--pyClientExecutable", metavar="PYTHON", help="accepted; the script runs in this interpreter")
    detached = "accepted; the cluster lives in this process, so it stays attached"
    add("-d", "--detached", action="store_true", help=detached)
    add("-sae", "--shutdownOnAttachedExit", action="store_true", help="accepted; that is how it is")
    add("-t", "--target", metavar="TARGET", help="local (default)")
    add("-j", "--jarfile", action="append", metavar="JAR", help="accepted; connectors are built in")
    add("-C", "--classpath", action="append", metavar="URL", help="accepted; there is no JVM")
    add("-c", "--class", dest="klass", metavar="CLASS", help="accepted; there is no JVM")
    watch = (
        "watch the script: when it is edited, the job is stopped with a savepoint and the new script goes on from it"
    )
    add("--watch", action="store_true", help=watch)
    modes = "how an edit takes effect: savepoint (default), last-state (from the last checkpoint), stateless"
    add("--upgrade-mode", dest="upgradeMode", choices=UPGRADE_MODES, default=UPGRADE_MODES[0], help=modes)
    level = "trace, debug, info, warn, error, or a filter such as penstock_cluster=debug"
    add("--log-level", metavar="LEVEL", help=level)
    return parser


def _split(parser: argparse.ArgumentParser, argv: list[str]) -> tuple[list[str], list[str]]:
    """Everything before the first word that is neither an option nor an option's value is ours.

    After an option that names the script, a word that is no option of ours is the first of the script's own.
    """
    index, named = 0, False
    while index < len(argv) and argv[index].startswith("-") and argv[index] != "-":
        word = argv[index]
        if word == "--":
            return argv[:index], argv[index + 1 :]
        option = word.partition("=")[0]
        # `-p2` and `-Dkey=value` are options with their values in one word.
        if named and option not in parser._option_string_actions and word[:2] not in ("-D", "-p", "-s"):
            break
        named = named or option in ("-py", "--python", "-pym", "--pyModule")
        action = parser._option_string_actions.get(word)
        takes_value = action is not None and action.nargs is None
        index += 2 if takes_value else 1
    return argv[:index], argv[index:]


def _configuration(parser: argparse.ArgumentParser, known: argparse.Namespace) -> dict[str, str]:
    configuration: dict[str, str] = {}
    for text in known.properties:
        key, separator, value = text.partition("=")
        if not separator or not key.strip():
            parser.error(f"-D takes KEY=VALUE, not {text!r}")
        configuration[key.strip()] = value.strip()
    if known.parallelism is not None:
        if known.parallelism < 1:
            parser.error(f"-p takes a number of at least 1, not {known.parallelism}")
        configuration["parallelism.default"] = str(known.parallelism)
    if known.fromSavepoint:
        configuration["execution.savepoint.path"] = known.fromSavepoint
    if known.claimMode:
        configuration["execution.state-recovery.claim-mode"] = known.claimMode.upper()
    if known.allowNonRestoredState:
        configuration["execution.savepoint.ignore-unclaimed-state"] = "true"
    if known.pyArchives:
        configuration["python.archives"] = known.pyArchives
    if known.pyRequirements:
        configuration["python.requirements"] = known.pyRequirements
    if known.target not in (None, "local"):
        parser.error(f"-t {known.target}: only 'local' is there yet")
    return configuration
