"""The rows: what is measured, against whom, and which ratio is to be reached."""

from __future__ import annotations

from .file_rows import FILE_ROWS, FILE_WORKLOADS
from .pythons import Runtime
from .row import OURS, Method, Row, Side, Workload
from .state_rows import STATE_ROWS, STATE_WORKLOADS
from .window_rows import WINDOW_ROWS, WINDOW_WORKLOADS


def _ours(guess: int = 0, script: str = "penstock_job.py") -> Side:
    return Side(OURS, Runtime.PENSTOCK, script, guess)


def _plain(guess: int) -> Side:
    return Side("plain-loop", Runtime.PLAIN, "plain_loop.py", guess)


def _plain_function(guess: int) -> Side:
    return Side("plain-function", Runtime.PLAIN, "plain_function.py", guess)


def _bytewax(guess: int) -> Side:
    return Side("bytewax", Runtime.PEERS, "bytewax_flow.py", guess)


def _confluent(guess: int = 0) -> Side:
    return Side("confluent-kafka", Runtime.PEERS, "confluent_loop.py", guess)


def _pyflink(name: str, guess: int, *arguments: str) -> Side:
    return Side(name, Runtime.FLINK, "pyflink_job.py", guess, arguments)


WORKLOADS = (
    Workload(
        "map_chain",
        "map_chain",
        Method.TWO_SIZES,
        (
            _ours(5_000_000),
            _plain(5_000_000),
            _plain_function(5_000_000),
            _bytewax(2_000_000),
            _pyflink("pyflink-process", 40_000, "process"),
            _pyflink("pyflink-thread", 120_000, "thread"),
        ),
    ),
    Workload(
        "keyed_count",
        "keyed_count",
        Method.TWO_SIZES,
        (
            _ours(2_000_000),
            _plain(4_000_000),
            _plain_function(4_000_000),
            _bytewax(500_000),
            _pyflink("pyflink-process", 1_000, "process"),
            _pyflink("pyflink-process-cache20000", 2_000, "process", "python.state.cache-size=20000"),
            _pyflink("pyflink-thread", 30_000, "thread"),
        ),
    ),
    Workload(
        "word_count",
        "word_count",
        Method.TWO_SIZES,
        (
            _ours(2_000_000),
            _plain(2_500_000),
            _plain_function(2_500_000),
            Side("pathway", Runtime.PEERS, "pathway_table.py", 800_000),
            _pyflink("pyflink-thread", 50_000, "thread"),
        ),
        reads="text",
    ),
    Workload("json_map", "json_map", Method.TWO_SIZES, (_ours(200_000), _plain(200_000))),
    Workload(
        "map_batches",
        "map_batches",
        Method.TWO_SIZES,
        (
            _ours(100_000_000),
            Side("numpy-loop", Runtime.PLAIN, "numpy_loop.py", 300_000_000),
            _pyflink("pyflink-pandas", 150_000, "process"),
        ),
    ),
    Workload(
        "onnx_batched",
        "onnx_batched",
        Method.TWO_SIZES,
        (_ours(1_000_000), Side("onnxruntime-loop", Runtime.PLAIN, "onnxruntime_loop.py", 1_000_000)),
    ),
    Workload(
        "async_map",
        "async_map",
        Method.TWO_SIZES,
        (_ours(400_000), Side("semaphore-loop", Runtime.PLAIN, "semaphore_loop.py", 400_000)),
    ),
    Workload("interval_join", "interval_join", Method.TWO_SIZES, (_ours(400_000), _plain(2_000_000))),
    Workload("kafka_length", "kafka_length", Method.TWO_SIZES, (_ours(150_000), _confluent(100_000)), reads="topics"),
    Workload("kafka_latency", "kafka_latency", Method.LATENCY, (_ours(), _confluent())),
    Workload(
        "start",
        "start",
        Method.FIRST_RESULT,
        (_ours(script="job.py"), Side("pyflink-process", Runtime.FLINK, "job.py")),
    ),
    Workload(
        "memory",
        "keyed_count",
        Method.MEMORY,
        (_ours(2_000_000), _pyflink("pyflink-process", 1_000, "process")),
    ),
    *FILE_WORKLOADS,
    *STATE_WORKLOADS,
    *WINDOW_WORKLOADS,
)

ROWS = (
    Row(
        "map_chain",
        "map_chain",
        "rate",
        "records/s",
        {"plain-loop": 1.1, "plain-function": None, "bytewax": 2, "pyflink-process": 100, "pyflink-thread": 40},
        more_is_better=True,
    ),
    Row(
        "keyed_count",
        "keyed_count",
        "rate",
        "records/s",
        {
            "plain-loop": 0.5,
            "plain-function": None,
            "bytewax": 4,
            "pyflink-process": 2000,
            "pyflink-process-cache20000": 800,
            "pyflink-thread": 60,
        },
        more_is_better=True,
    ),
    Row(
        "word_count",
        "word_count",
        "rate",
        "words/s",
        {"plain-loop": 0.7, "plain-function": None, "pathway": 2, "pyflink-thread": 30},
        more_is_better=True,
    ),
    Row("json_map", "json_map", "rate", "records/s", {"plain-loop": 0.95}, more_is_better=True),
    Row(
        "map_batches",
        "map_batches",
        "rate",
        "records/s",
        {"pyflink-pandas": 50, "numpy-loop": None},
        more_is_better=True,
        ours_at_least=10_000_000,
    ),
    Row("onnx_batched", "onnx_batched", "rate", "records/s", {"onnxruntime-loop": 0.9}, more_is_better=True),
    Row("async_map", "async_map", "rate", "records/s", {"semaphore-loop": 0.8}, more_is_better=True),
    Row("interval_join", "interval_join", "rate", "records/s", {"plain-loop": None}, more_is_better=True),
    Row("kafka_length", "kafka_length", "rate", "messages/s", {"confluent-kafka": 1.5}, more_is_better=True),
    Row("kafka_cpu", "kafka_length", "cpu", "CPU s/1M messages", {"confluent-kafka": 1.5}, more_is_better=False),
    Row("kafka_latency", "kafka_latency", "p99", "ms", {"confluent-kafka": 0.5}, more_is_better=False),
    Row("start", "start", "seconds", "s", {"pyflink-process": 12}, more_is_better=False, ours_at_most=0.5),
    Row("memory", "memory", "peak", "MB", {"pyflink-process": 6}, more_is_better=False),
    *FILE_ROWS,
    *STATE_ROWS,
    *WINDOW_ROWS,
)
