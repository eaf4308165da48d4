"""Whether a new script finds the state of the job that runs: a decision on what both say of their operators."""

from __future__ import annotations

import json
from typing import Any


def changed_types(running: list[dict[str, Any]], new: list[dict[str, Any]]) -> str | None:
    """Why the state of a running job would not fit the types that the new script declares for it.

    Only of keys, of `reduce` and of broadcast state are the types known before a script runs.
    """
    from penstock import _native

    return "\n".join(_native.incompatible_states(json.dumps(running), json.dumps(new))) or None


def refusal(running: list[dict[str, Any]], new: list[dict[str, Any]]) -> str | None:
    """Why the state of a running job would be left without a home, and the lines that would give it one.

    >>> count = {"id": "01", "uid": None, "name": "count", "stateful": True}
    >>> print(refusal([count], [count]))
    None
    >>> print(refusal([count], [{**count, "id": "02"}]))
    these operators of the running job have state that the new script would leave behind:
      'count' (no uid): add .set_uid_hash("01") to 'count'
    Add the lines, or drop that state with --allowNonRestoredState.
    """
    known = {operator["id"] for operator in new}
    orphans = [operator for operator in running if operator["stateful"] and operator["id"] not in known]
    if not orphans:
        return None
    before = {operator["id"] for operator in running}
    free = [operator for operator in new if operator["stateful"] and operator["id"] not in before]
    lines = [f"  {_proposal(orphan, free, len(orphans))}" for orphan in orphans]
    return "\n".join(
        [
            "these operators of the running job have state that the new script would leave behind:",
            *lines,
            "Add the lines, or drop that state with --allowNonRestoredState.",
        ]
    )


def _proposal(orphan: dict[str, Any], free: list[dict[str, Any]], orphans: int) -> str:
    uid, name = orphan["uid"], orphan["name"]
    line = f'.uid("{uid}")' if uid is not None else f'.set_uid_hash("{orphan["id"]}")'
    described = f"'{name}' ({'no uid' if uid is None else f'uid {uid}'})"
    same = [operator for operator in free if operator["name"] == name] or (free if orphans == len(free) == 1 else [])
    if len(same) == 1:
        return f"{described}: add {line} to '{same[0]['name']}'"
    return f"{described}: add {line} to the operator that takes its place"
