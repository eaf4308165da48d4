"""The rows about state: RocksDB, checkpoints, slots, and what goes from one slot to another."""

from __future__ import annotations

from .pythons import Runtime
from .row import OURS, Method, Row, Side, Workload

ROCKSDB = "state.backend.type=rocksdb"
CACHE = "python.state.object-cache.max-bytes=16mb"
MANY = 800_000
"""Ten times what an object cache of 16 MB holds of counts."""
FEW = 50_000
TELLING = ("--log-level", "penstock_state::keyed=debug")
"""Says at the end how much was found in the object cache."""
CHECKPOINTS = ("execution.checkpointing.interval=1s", "execution.checkpointing.dir={folder}")
PAYLOAD = 100
"""Bytes of an object that count in `socket`, as in `rows/socket/socket_objects.py`."""


def _counting(name: str, guess: int, keys: int, *settings: str) -> Side:
    arguments = (str(keys), *settings)
    return Side(name, Runtime.PENSTOCK, "penstock_job.py", guess, arguments, TELLING, warm_up=keys)


def _pyflink(name: str, guess: int, mode: str) -> Side:
    return Side(name, Runtime.FLINK, "pyflink_job.py", guess, (str(MANY), mode, ROCKSDB))


def _slots(workload: str, work: str, guess: int) -> Workload:
    def side(name: str, slots: int) -> Side:
        return Side(name, Runtime.PENSTOCK, "penstock_job.py", guess * slots, (work, str(slots)))

    return Workload(workload, "slots", Method.TWO_SIZES, (side(OURS, 2), side("one-slot", 1)), brief=True)


def _socket(kind: str, ours: int, plain: int) -> Workload:
    sides = (
        Side(OURS, Runtime.PENSTOCK, "penstock_job.py", ours, (kind,)),
        Side("plain-pickle", Runtime.PLAIN, "plain_sockets.py", plain, (kind,)),
    )
    return Workload(f"socket_{kind}", "socket", Method.TWO_SIZES, sides, brief=True)


STATE_WORKLOADS = (
    Workload(
        "rocksdb_count",
        "state_count",
        Method.TWO_SIZES,
        (
            _counting(OURS, 300_000, MANY, ROCKSDB, CACHE),
            Side("rust-loop", Runtime.CARGO, "rocksdb_loop", 500_000, (str(MANY), ROCKSDB), warm_up=MANY),
            _counting("hashmap", 600_000, MANY, CACHE),
            _pyflink("pyflink-process", 1_000, "process"),
            _pyflink("pyflink-thread", 30_000, "thread"),
        ),
        brief=True,
    ),
    Workload(
        "rocksdb_cached",
        "state_count",
        Method.TWO_SIZES,
        (_counting(OURS, 1_500_000, FEW, ROCKSDB, CACHE), _counting("hashmap", 1_500_000, FEW, CACHE)),
        brief=True,
    ),
    Workload("rocksdb_memory", "large_state", Method.MEMORY_LIMIT, (Side(OURS, Runtime.PENSTOCK, "penstock_job.py"),)),
    Workload("large_state", "large_state", Method.LARGE_STATE, (Side(OURS, Runtime.PENSTOCK, "checkpoints.py"),)),
    *(
        Workload(
            name,
            "state_count",
            Method.TWO_SIZES,
            (
                _counting(OURS, guess, keys, *CHECKPOINTS),
                _counting("without-checkpoints", guess, keys),
            ),
            brief=True,
        )
        for name, keys, guess in (("checkpoint_1s", 10_000, 1_500_000), ("checkpoint_1s_1m", 1_000_000, 600_000))
    ),
    Workload(
        "unaligned",
        "unaligned",
        Method.BACKPRESSURE,
        (
            Side(OURS, Runtime.PENSTOCK, "penstock_job.py", arguments=("unaligned",)),
            Side("aligned", Runtime.PENSTOCK, "penstock_job.py", arguments=("aligned",)),
        ),
    ),
    _slots("two_slots_map_chain", "map_chain", 5_000_000),
    _slots("two_slots_10us", "slow", 90_000),
    _slots("two_slots_keyed_count", "keyed_count", 2_000_000),
    _socket("str", 2_000_000, 2_000_000),
    _socket("row", 500_000, 300_000),
    _socket("pickled", 300_000, 400_000),
)


def _rate(name: str, goals: dict[str, float | None]) -> Row:
    return Row(name, name, "rate", "records/s", goals, more_is_better=True)


def _large(name: str, figure: str, unit: str, peer: str, goal: float | None, *, more_is_better: bool) -> Row:
    return Row(name, "large_state", figure, unit, {peer: goal}, more_is_better=more_is_better)


STATE_ROWS = (
    _rate("rocksdb_count", {"rust-loop": 0.5, "hashmap": None, "pyflink-process": 100, "pyflink-thread": 5}),
    _rate("rocksdb_cached", {"hashmap": 0.7}),
    Row("rocksdb_memory", "rocksdb_memory", "peak", "MB", {"limit": 1}, more_is_better=False),
    _large("incremental_bytes", "bytes", "% of a full one", "limit", 1, more_is_better=False),
    _large("incremental_pause", "pause", "ms", "limit", 1, more_is_better=False),
    _large("incremental_pause_pickled", "pickled_pause", "ms", "limit", None, more_is_better=False),
    _large("restore", "restore", "MB/s", "plain-copy", 0.5, more_is_better=True),
    _rate("checkpoint_1s", {"without-checkpoints": 0.95}),
    _rate("checkpoint_1s_1m", {"without-checkpoints": 0.6}),
    Row("unaligned", "unaligned", "seconds", "s", {"aligned": None}, more_is_better=False),
    _rate("two_slots_map_chain", {"one-slot": 1.7}),
    _rate("two_slots_10us", {"one-slot": 1.7}),
    _rate("two_slots_keyed_count", {"one-slot": 1.2}),
    *(
        Row(f"socket_{kind}", f"socket_{kind}", "megabytes", "MB/s", {"plain-pickle": None}, more_is_better=True)
        for kind in ("str", "row", "pickled")
    ),
)
