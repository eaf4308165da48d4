"""How often Python's garbage collector looks for cycles."""

from __future__ import annotations

import gc

_YOUNG = 20_000


def collect_less_often() -> None:
    """Let more objects be made from one search for cycles to the next; a script may set other thresholds after that.

    Records that wait between two tasks are thousands of young objects, none of which is garbage. At the interpreter's
    own threshold (700 in CPython 3.11) they are all looked at each time a batch is made.
    """
    first, *others = gc.get_threshold()
    if 0 < first < _YOUNG:
        gc.set_threshold(_YOUNG, *others)
