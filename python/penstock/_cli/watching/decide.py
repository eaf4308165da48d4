"""Which script to start with, after whatever has happened before: a decision on facts."""

from __future__ import annotations

from dataclasses import dataclass

from penstock._cli.watching.bundle import Bundle
from penstock._cli.watching.journal import Entry


@dataclass(frozen=True)
class Start:
    """A script to start, and the one to go back to if it fails before its first checkpoint."""

    script: Bundle
    fallback: Bundle | None = None
    because: str | None = None


def at_start(entry: Entry, current: Bundle | None, problem: str | None) -> Start | str:
    """What to start; a text is why nothing can be.

    `current` is the script as it is now, `problem` what is wrong with it.
    """
    accepted = entry.accepted
    if current is None or problem is not None:
        if accepted is None:
            return problem or "there is no script"
        return Start(accepted, because=f"{problem}\nThe script that was accepted last is run instead")
    if accepted is None or accepted.digest == current.digest:
        return Start(current)
    if entry.refused == current.digest:
        because = "the script failed before its first checkpoint when it was tried; the one accepted before it is run"
        return Start(accepted, because=because)
    return Start(current, fallback=accepted)
