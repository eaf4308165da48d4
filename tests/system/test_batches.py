"""Functions of batches: every form, both lanes, and nothing lost nor doubled when processes are killed."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from job_scripts import Scripts
from system.job_process import KILL_POINT, JobProcess, settings

SCRIPT = Path(__file__).resolve().parent / "jobs" / "squares_in_batches.py"

# Every lane and every exchange has to give the same.
WAYS = [
    (),
    ("-D", "penstock.testing.column-lane=false"),
    ("-D", "penstock.testing.serialize-exchange=true"),
]

TIMES_STAY = """
    import numpy
    from pyflink.datastream.connectors.number_seq import NumberSequenceSource
    from pyflink.common.watermark_strategy import TimestampAssigner

    class Tens(TimestampAssigner):
        def extract_timestamp(self, value, record_timestamp):
            return value * 10

    class Timed(ProcessFunction):
        def process_element(self, value, ctx):
            yield f"{value} at {ctx.timestamp()}"

    def repeated(values: numpy.ndarray):
        places = numpy.arange(len(values)).repeat(values % 3)
        return values[places] + 0.5, places

    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Tens())
    source = NumberSequenceSource(1, 6)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    numbers = numbers.assign_timestamps_and_watermarks(strategy)
    mapped = numbers.map_batches(lambda n: n * 2, output_type=Types.LONG(), batch_size=2)
    kept = mapped.filter_batches(lambda n: n > 4, max_wait=Time.milliseconds(5))
    kept.flat_map_batches(repeated, output_type=Types.DOUBLE()).process(Timed()).print()
    env.execute()
"""

FORMS = """
    import numpy, pandas, polars, pyarrow
    from pyflink.datastream.connectors.number_seq import NumberSequenceSource
    CITY = Types.ROW_NAMED(["city", "n", "ok"], [Types.STRING(), Types.INT(), Types.BOOLEAN()])

    def frame(batch: polars.DataFrame): return batch.with_columns(polars.col("n") + 1)
    def pandas_frame(batch: pandas.DataFrame): return batch.assign(n=batch["n"] * 10)
    def arrow(batch: pyarrow.RecordBatch): return batch
    def table(batch: pyarrow.Table): return batch
    def bare(batch): return batch
    def arrays(batch: dict[str, numpy.ndarray]): return batch
    def rows(batch: list): return [Row(row.city, row.n, None) for row in batch]

    cities = env.from_collection([Row("Oslo", 1, True), Row(None, 2, None)], CITY)
    for function in (frame, pandas_frame, arrow, table, bare, arrays, rows):
        cities.map_batches(function, output_type=CITY).print(function.__name__)
        env.execute()

    def series(values: polars.Series): return values * 2
    def pandas_series(values: pandas.Series): return values.clip(upper=2)
    def array(values: pyarrow.Array): return values
    for function in (series, pandas_series, array):
        numbers = env.from_source(NumberSequenceSource(1, 3), WatermarkStrategy.no_watermarks(), "n", Types.LONG())
        numbers.map_batches(function, output_type=Types.LONG()).print(function.__name__)
        env.execute()

    VECTOR = Types.PRIMITIVE_ARRAY(Types.FLOAT())
    def vectors(texts): return numpy.array([[len(text), 0.5] for text in texts], "float32")
    def sums(batch): return batch.sum(axis=1)
    texts = env.from_collection(["a", "bcd"], Types.STRING())
    texts.map_batches(vectors, output_type=VECTOR).map_batches(sums, output_type=Types.DOUBLE()).print("sums")
    env.execute()
"""

FORMS_PRINTED = """\
frame> +I[Oslo,2,True]
frame> +I[None,3,None]
pandas_frame> +I[Oslo,10,True]
pandas_frame> +I[None,20,None]
arrow> +I[Oslo,1,True]
arrow> +I[None,2,None]
table> +I[Oslo,1,True]
table> +I[None,2,None]
bare> +I[Oslo,1,True]
bare> +I[None,2,None]
arrays> +I[Oslo,1,True]
arrays> +I[None,2,None]
rows> +I[Oslo,1,None]
rows> +I[None,2,None]
series> 2
series> 4
series> 6
pandas_series> 1
pandas_series> 2
pandas_series> 2
array> 1
array> 2
array> 3
sums> 1.5
sums> 3.5
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    """Scripts in a folder of their own."""
    return Scripts(tmp_path)


@pytest.mark.parametrize("options", WAYS, ids=["columns", "objects", "serialized"])
def test_results_have_the_times_of_their_records(scripts: Scripts, options: tuple[str, ...]) -> None:
    expected = [f"{n * 2 + 0.5} at {n * 10}\n" for n in range(3, 7) for _ in range(n * 2 % 3)]
    assert scripts.job(TIMES_STAY, *options).succeeded() == "".join(expected)


@pytest.mark.parametrize("options", WAYS, ids=["columns", "objects", "serialized"])
def test_every_form(scripts: Scripts, options: tuple[str, ...]) -> None:
    assert scripts.job(FORMS, *options).succeeded() == FORMS_PRINTED


@pytest.mark.parametrize("unaligned", ["false", "true"])
def test_killed_batches_are_exactly_once(tmp_path: Path, seed: int, unaligned: str) -> None:
    rng = random.Random(seed)
    count, folder = 200_000, tmp_path / "out"
    options = settings(
        {
            "execution.checkpointing.interval": "50 ms",
            "execution.checkpointing.unaligned.enabled": unaligned,
            "execution.checkpointing.dir": (tmp_path / "checkpoints").as_uri(),
        }
    )
    killed = 0
    for life in range(4):
        point = rng.choice(["task-before-barrier", "task-after-barrier", "task-after-freeze"])
        environment = {} if life == 3 else {KILL_POINT: f"{point}:{rng.randint(3, 9)}"}
        arguments = [str(folder), str(count)]
        with JobProcess(SCRIPT, tmp_path / f"{life}.log", ["-s", "latest", *options], arguments, environment) as job:
            status = job.wait()
            assert status == 0 or (status == -signal.SIGKILL and life < 3), job.last_words()
            killed += status != 0
    assert killed > 0
    written = [int(line) for part in folder.rglob("part-*") for line in part.read_text().splitlines()]
    # Not one comparison of long lists, which pytest would explain for minutes.
    once = sorted(written) == [n * n for n in range(1, count + 1)]
    assert once, f"{len(written)} squares, {len(set(written))} of them different"
