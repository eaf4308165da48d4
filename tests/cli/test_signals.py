"""Ctrl-C and SIGTERM end a run within two seconds, and leave its checkpoints."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Scripts, Started

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}

FUNCTIONS = {
    "idle": "time.sleep(0.01); return n",
    "asleep": "time.sleep(1000)",
    "busy": "while True: pass",
    "stubborn": "\n".join(
        ["while True:", "        try: time.sleep(1000)", "        except BaseException: pass"],
    ),
}

JOB = """
import time
def work(n):
    print("begun" if n == 0 else "", end="\\n" if n == 0 else "", flush=True)
    {function}
env.from_source(NumberSequenceSource(0, 10**9), WatermarkStrategy.no_watermarks(), "numbers").map(work).key_by(
    lambda n: n).filter(lambda n: False).print()
"""
IMPORT = "from pyflink.datastream.connectors.number_seq import NumberSequenceSource\n"
ENDING = {"execute": "env.execute('job')\n", "async": "env.execute_async('job').get_job_execution_result().result()\n"}


@pytest.mark.parametrize("number", STATUS, ids=lambda number: number.name)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_within_two_seconds(scripts: Scripts, number: signal.Signals, function: str) -> None:
    text = ENVIRONMENT + IMPORT + JOB.format(function=FUNCTIONS[function]) + ENDING["execute"]
    outcome = begun(scripts, text).signal(number)
    assert outcome.code == STATUS[number], outcome.err
    assert outcome.seconds < 2.5, "two seconds, and what a loaded machine adds"
    assert "Traceback" not in outcome.err and "Fatal" not in outcome.err


def test_while_a_result_is_waited_for(scripts: Scripts) -> None:
    text = ENVIRONMENT + IMPORT + JOB.format(function=FUNCTIONS["idle"]) + ENDING["async"]
    outcome = begun(scripts, text).signal(signal.SIGINT)
    assert outcome.code == 130 and outcome.seconds < 2.5
    assert "to SUSPENDED" in outcome.err


def test_a_job_that_runs_on_after_the_script(scripts: Scripts) -> None:
    text = ENVIRONMENT + IMPORT + JOB.format(function=FUNCTIONS["idle"]) + "env.execute_async('job')\n"
    outcome = begun(scripts, text).signal(signal.SIGTERM)
    assert outcome.code == 143 and outcome.seconds < 2.5
    assert "to SUSPENDED" in outcome.err


def test_while_a_silent_broker_is_waited_for(scripts: Scripts) -> None:
    text = (
        ENVIRONMENT
        + """
from pyflink.common.serialization import SimpleStringSchema
from pyflink.datastream.connectors.kafka import *
source = (KafkaSource.builder().set_bootstrap_servers("ADDRESS").set_topics("t").set_group_id("g")
    .set_value_only_deserializer(SimpleStringSchema()).build())
env.from_source(source, WatermarkStrategy.no_watermarks(), "events").print()
print("begun", flush=True)
env.execute()
"""
    )
    with socket.create_server(("127.0.0.1", 0)) as broker:
        started = begun(scripts, text.replace("ADDRESS", f"127.0.0.1:{broker.getsockname()[1]}"))
        connection, _ = broker.accept()
        with connection:
            outcome = started.signal(signal.SIGINT)
    assert outcome.code == 130 and outcome.seconds < 2.5


def test_plain_python(scripts: Scripts) -> None:
    text = "import penstock._compat\npenstock._compat.install()\n" + ENVIRONMENT + IMPORT
    text += JOB.format(function=FUNCTIONS["busy"]) + ENDING["execute"]
    scripts.write(text)
    started = scripts.start("job.py", python=True)
    assert started.line() == "begun"
    outcome = started.signal(signal.SIGINT)
    # Python ends itself by the signal where no thread of its own runs functions; a shell shows 130 for both.
    assert outcome.code in (130, -signal.SIGINT) and "Fatal" not in outcome.err, outcome.err
    assert outcome.seconds < 2.5


def test_checkpoints_are_kept(scripts: Scripts, tmp_path: Path) -> None:
    text = ENVIRONMENT + IMPORT + JOB.format(function=FUNCTIONS["idle"]) + ENDING["execute"]
    scripts.write(text)
    options = (
        "-D",
        "execution.checkpointing.interval=100 ms",
        "-D",
        f"execution.checkpointing.dir=file://{tmp_path}/c",
    )
    started = scripts.start("run", *options, "job.py")
    assert started.line() == "begun"
    started.wait_for(r"Completed checkpoint 2 ")
    outcome = started.signal(signal.SIGTERM)
    assert outcome.code == 143
    kept = list(tmp_path.glob("c/*/chk-*/_metadata"))
    assert kept, outcome.err
    again = scripts.start("run", *options, "-s", "latest", "job.py")
    again.wait_for(r"Completed checkpoint \d+ ")
    outcome = again.signal(signal.SIGTERM)
    numbers = [int(number) for number in re.findall(r"Completed checkpoint (\d+) ", outcome.err)]
    assert numbers and min(numbers) > 2, "it went on from the last checkpoint"


def begun(scripts: Scripts, text: str) -> Started:
    """Start a job; the first record is being processed."""
    scripts.write(text)
    started = scripts.start("run", "job.py")
    assert started.line() == "begun"
    return started
