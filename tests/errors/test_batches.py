"""Errors of functions of batches: the function, the column, what was expected and what came."""

from __future__ import annotations

import re

import pytest

from job_scripts import Scripts

LONGS = """\
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
longs = env.from_source(NumberSequenceSource(1, 3), WatermarkStrategy.no_watermarks(), "longs", Types.LONG())
"""
ROWS = 'rows = env.from_collection([Row("a", 1)], Types.ROW_NAMED(["name", "n"], [Types.STRING(), Types.LONG()]))\n'
PAIR = 'output_type=Types.ROW_NAMED(["name", "n"], [Types.STRING(), Types.LONG()])'


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "longs.map_batches(f, output_type=Types.LONG())\ndef f(n): return n / 2",
            "TypeError: f, the function of map_batches: column 'value': expected int64, got float64",
        ),
        (
            "longs.map_batches(f, output_type=Types.BYTE())\ndef f(n): return n + 127",
            "TypeError: f, the function of map_batches: column 'value': expected int8, got int64",
        ),
        (
            "longs.map_batches(f, output_type=Types.LONG())\ndef f(n): return n[:2]",
            "ValueError: f, the function of map_batches: expected one value for each of 3 records, got 2",
        ),
        (
            "longs.map_batches(f, output_type=Types.LONG())\ndef f(n): return n.sum()",
            "TypeError: f, the function of map_batches: column 'value': expected an array of one dimension, got the "
            "shape ()",
        ),
        (
            "longs.map_batches(f, output_type=Types.LONG())\ndef f(n): return ['a', 'b', 'c']",
            "TypeError: f, the function of map_batches: 'a' does not fit the declared type LONG (the value is str, "
            "expected int of 64 bits)",
        ),
        (
            "longs.filter_batches(f)\ndef f(n): return n",
            "TypeError: f, the function of filter_batches: expected booleans, got int64",
        ),
        (
            "longs.filter_batches(f)\ndef f(n): return [True]",
            "ValueError: f, the function of filter_batches: expected a mask of 3 booleans, got 1",
        ),
        (
            "longs.flat_map_batches(f, output_type=Types.LONG())\ndef f(n): return n, n",
            "ValueError: f, the function of flat_map_batches: expected indices from 0 to 2, got 3",
        ),
        (
            "longs.flat_map_batches(f, output_type=Types.LONG())\ndef f(n): return n",
            "TypeError: f, the function of flat_map_batches: expected a pair of values and indices, or a list with a "
            "list of values for each record, got ndarray",
        ),
        (
            f"rows.map_batches(f, {PAIR})\nimport pyarrow\ndef f(b): return pyarrow.table({{'name': ['x']}})",
            "TypeError: f, the function of map_batches: expected the columns name, n, got name",
        ),
        (
            f"rows.map_batches(f, {PAIR})\nimport pyarrow\n"
            "def f(b): return pyarrow.table({'n': [1.5], 'name': ['x']})",
            "TypeError: f, the function of map_batches: column 'n': expected int64, got float64",
        ),
        (
            f"rows.map_batches(f, {PAIR})\ndef f(b): return {{'n': [1, 2], 'name': ['x']}}",
            "ValueError: f, the function of map_batches: column 'n': expected 1 values as in column 'name', got 2",
        ),
        (
            f"rows.map_batches(f, {PAIR})\ndef f(b): return {{'n': ['z'], 'name': ['x']}}",
            "TypeError: f, the function of map_batches: column 'n': expected int64, got 'z' (str) at place 0",
        ),
    ],
)
@pytest.mark.parametrize("lane", ["true", "false"], ids=["columns", "objects"])
def test_a_result_that_does_not_fit(scripts: Scripts, call: str, message: str, lane: str) -> None:
    call, _, function = call.partition("\n")
    script = f"from penstock.testing import DiscardingSink\n{LONGS}{ROWS}{function}\n{call}.sink_to(DiscardingSink())\n"
    said = scripts.job(script + "env.execute()", "-D", f"penstock.testing.column-lane={lane}").failed()
    assert message in said
    assert re.search(r"in operator '\w+Batches', subtask 1/1", said)


def test_an_exception_has_the_user_s_frames(scripts: Scripts) -> None:
    script = """
def divided(numbers: list):
    return [1 / (number - 2) for number in numbers]
longs.map_batches(divided, output_type=Types.DOUBLE()).print()
env.execute()
"""
    said = scripts.job(LONGS + script).failed()
    error = said[said.index("Traceback") :]
    assert re.search(r'File "job.py", line 9, in divided\n', error)
    assert "ZeroDivisionError" in error
    assert not re.search(r'File ".*penstock', said)


def test_what_cannot_be_a_function_of_batches_is_found_at_once(scripts: Scripts) -> None:
    for call, message in [
        ("longs.map_batches(3)", "must be a callable function"),
        ("longs.map_batches(len, batch_size=0)", "batch_size is a number of records from 1, not 0"),
        ("longs.map_batches(len, max_wait=-1)", "max_wait is a timedelta, a Time or a number of milliseconds, not -1"),
        ("rows.map_batches(one_column)", "one_column takes numpy.ndarray, which is one column"),
    ]:
        function = "import numpy\ndef one_column(values: numpy.ndarray): return values\n"
        assert message in scripts.job(LONGS + ROWS + function + call).failed()
