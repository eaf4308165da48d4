"""`penstock state`: what is in a checkpoint or savepoint, for people."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from penstock import state_reader
from penstock._cli import script_classes
from penstock._cli.run import _configuration_file
from penstock.state_reader import Checkpoint, Entry, Operator, State
from penstock.state_reader.plain import shown, to_json, to_plain
from penstock.util.exceptions import JobExecutionException


def main(argv: Sequence[str]) -> int:
    """List or show; the exit status is 1 where there is nothing to read, or it is damaged."""
    chosen = _parser().parse_args(argv)
    try:
        config = {**_configuration_file(), **_options(chosen.properties)}
        if getattr(chosen, "script", None) is not None:
            if not chosen.unpickle:
                raise ValueError("--script is of use with --unpickle only")
            script_classes.load(chosen.script)
        checkpoint = state_reader.open(chosen.path, unpickle=getattr(chosen, "unpickle", False), config=config)
        if chosen.command == "ls":
            _list(checkpoint, chosen.json)
        else:
            _show(checkpoint, chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough. What is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyError as error:
        return _failed(error.args[0])
    except RecursionError:
        return _failed("a value is nested too deeply")
    except pickle.UnpicklingError as error:
        return _failed(f"{error}{_hint(str(error), chosen)}")
    except (ValueError, JobExecutionException) as error:
        return _failed(error)
    return 0


def _hint(error: str, chosen: argparse.Namespace) -> str:
    if "__main__." not in error or getattr(chosen, "script", None) is not None:
        return ""
    return "\nClasses of __main__ are those of the job's script: name it with --script"


def _failed(error: object) -> int:
    print(f"penstock state: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="penstock state", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="ls|show")
    listing = commands.add_parser(
        "ls", help="operators and their states, with the number of entries", allow_abbrev=False
    )
    showing = commands.add_parser("show", help="the entries of states", allow_abbrev=False)
    for command in (listing, showing):
        add = command.add_argument
        add("path", metavar="PATH", help="folder of a checkpoint or savepoint: a path, file://, s3://, gs://, abfs://")
        add("--json", action="store_true", help="JSON; for show, a line for each entry")
        option = "an option such as s3.endpoint; may be repeated"
        add("-D", dest="properties", action="append", default=[], metavar="KEY=VALUE", help=option)
    add = showing.add_argument
    add("--operator", metavar="UID", help="only this operator; its uid, name, or the hash of its uid")
    add("--state", metavar="NAME", help="only this state")
    add("--key", metavar="KEY", help="only this key, as it is shown or as plain text")
    trust = "make pickled values real objects. This runs code of the checkpoint: only for those you trust"
    add("--unpickle", action="store_true", help=trust)
    script = "with --unpickle, the job's script, which is run for its classes up to its job"
    add("--script", metavar="FILE", help=script)
    return parser


def _options(properties: list[str]) -> dict[str, str]:
    for text in properties:
        if not text.partition("=")[1]:
            raise ValueError(f"-D takes KEY=VALUE, not {text!r}")
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in properties)}


def _list(checkpoint: Checkpoint, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_described(checkpoint), ensure_ascii=False, indent=2))
        return
    what = "Savepoint" if checkpoint.is_savepoint else "Checkpoint"
    time = datetime.fromtimestamp(checkpoint.timestamp / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    print(f"{what} {checkpoint.checkpoint_id} of job {checkpoint.job_name!r} ({checkpoint.job_id}), {time}")
    print(checkpoint.url)
    for operator in checkpoint.operators:
        print(
            f"\n{_name(operator)}: {operator.name!r}, parallelism {operator.parallelism} of {operator.max_parallelism}"
        )
        rows = [(s.name, s.kind, s.declared, str(entries), str(size)) for s, entries, size in operator.sizes()]
        for line in _aligned([("state", "kind", "type", "entries", "bytes"), *rows] if rows else []):
            print(f"  {line}")


def _described(checkpoint: Checkpoint) -> dict[str, Any]:
    def state(one: State, entries: int, size: int) -> dict[str, Any]:
        return {"name": one.name, "kind": one.kind, "type": one.declared, "entries": entries, "bytes": size}

    def operator(one: Operator) -> dict[str, Any]:
        attributes = ("uid", "uid_hash", "name", "parallelism", "max_parallelism")
        return {**{name: getattr(one, name) for name in attributes}, "states": [state(*sized) for sized in one.sizes()]}

    attributes = ("url", "job_id", "job_name", "checkpoint_id", "timestamp", "is_savepoint")
    described = {name: getattr(checkpoint, name) for name in attributes}
    return {**described, "operators": [operator(one) for one in checkpoint.operators]}


def _name(operator: Operator) -> str:
    return operator.uid or operator.uid_hash


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _show(checkpoint: Checkpoint, chosen: argparse.Namespace) -> None:
    operators = [checkpoint.operator(chosen.operator)] if chosen.operator else checkpoint.operators
    states = [(operator, state) for operator in operators for state in operator.states]
    if chosen.state is not None:
        known = ", ".join(sorted({state.name for _, state in states})) or "none"
        states = [(operator, state) for operator, state in states if state.name == chosen.state]
        if not states:
            raise KeyError(f"there is no state {chosen.state!r}; there are: {known}")
    for operator, state in states:
        if not chosen.json:
            print(f"{_name(operator)} / {state.name} ({', '.join(filter(None, (state.kind, state.declared)))})")
        for entry in state.entries():
            if chosen.key is None or _is_key(entry, chosen.key):
                print(_json_line(operator, state, entry) if chosen.json else f"  {_line(entry)}")


def _is_key(entry: Entry, wanted: str) -> bool:
    return wanted in (str(entry.key), shown(entry.key), to_json(entry.key))


def _line(entry: Entry) -> str:
    if entry.subtask is not None:
        return f"subtask {entry.subtask}: {shown(entry.value)}"
    within = "" if entry.window is None else f" in {entry.window}"
    if entry.timestamp is not None:
        return f"{shown(entry.key)}{within} at {entry.timestamp}"
    if entry.key is None and entry.key_group is None:
        return shown(entry.value)
    key = shown(entry.key) + within + ("" if entry.map_key is None else f" [{shown(entry.map_key)}]")
    used = "" if entry.last_used is None else f" (last used {entry.last_used})"
    return f"{key} -> {shown(entry.value)}{used}"


def _json_line(operator: Operator, state: State, entry: Entry) -> str:
    parts = {name: value for name, value in vars(entry).items() if value is not None}
    named = {"operator": _name(operator), "state": state.name, "kind": state.kind}
    return json.dumps({**named, **{name: to_plain(value) for name, value in parts.items()}}, ensure_ascii=False)
