"""The rows about windows."""

from __future__ import annotations

from .pythons import Runtime
from .row import OURS, Method, Row, Side, Workload


def _ours(name: str, windows: str, guess: int) -> Side:
    return Side(name, Runtime.PENSTOCK, "penstock_job.py", guess, (windows,))


def _pyflink(mode: str, guess: int) -> Side:
    return Side(f"pyflink-{mode}", Runtime.FLINK, "pyflink_job.py", guess, (mode,))


def _others(name: str, windows: str, guess: int) -> Workload:
    """Other windows over the same data, against the tumbling ones."""
    sides = (_ours(OURS, windows, guess), _ours("tumbling", "tumbling", 1_000_000))
    return Workload(name, "window_count", Method.TWO_SIZES, sides, brief=True)


WINDOW_WORKLOADS = (
    Workload(
        "window_count",
        "window_count",
        Method.TWO_SIZES,
        (
            _ours(OURS, "tumbling", 1_000_000),
            Side("plain-loop", Runtime.PLAIN, "plain_loop.py", 3_000_000),
            _pyflink("process", 1_000),
            _pyflink("thread", 20_000),
        ),
    ),
    _others("window_sliding", "sliding", 700_000),
    _others("window_session", "session", 300_000),
)

WINDOW_ROWS = (
    Row(
        "window_count",
        "window_count",
        "rate",
        "records/s",
        {"plain-loop": 0.3, "pyflink-process": 500, "pyflink-thread": 40},
        more_is_better=True,
    ),
    Row("window_sliding", "window_sliding", "rate", "records/s", {"tumbling": 0.3}, more_is_better=True),
    Row("window_session", "window_session", "rate", "records/s", {"tumbling": None}, more_is_better=True),
)
