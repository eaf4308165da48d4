"""The kill points of an edit's life, as those of the engine (`rust/core/src/kill_point.rs`).

They are always there, so that what is tested is what is shipped. PENSTOCK_TESTING_KILL_POINT names one, `name` or
`name:n` for the n-th pass.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_passes: Counter[str] = Counter()


def hit(name: str) -> None:
    """Kill this process if this is the pass that the environment asks for."""
    wanted, _, nth = os.environ.get("PENSTOCK_TESTING_KILL_POINT", "").partition(":")
    if wanted == name:
        _passes[name] += 1
        if _passes[name] == int(nth or "1"):
            os.kill(os.getpid(), signal.SIGKILL)
