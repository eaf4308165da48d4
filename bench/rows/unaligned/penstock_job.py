"""Slows the sink of a running job down a hundred times, takes one checkpoint, and prints how many seconds that took.

`unaligned` or `aligned`. The second number is how many records came to the sink meanwhile.
"""

import os
import sys
import tempfile
import time
from typing import Any

from penstock._cli import targets
from penstock.common import Configuration, Types, WatermarkStrategy
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.connectors.number_seq import NumberSequenceSource
from penstock.datastream.functions import MapFunction
from penstock.testing import DiscardingSink

FAST, TIMES_SLOWER = 0.0001, 100
WARM_UP = 2.0
ENDLESS = 1 << 60


class Pace:
    """How long the sink takes for a record; of this process, as the function is."""

    seconds = FAST
    records = 0


class Slow(MapFunction):
    """Stands for a sink that waits for something outside."""

    def map(self, value: int) -> int:
        time.sleep(Pace.seconds)
        Pace.records += 1
        return value


def build(unaligned: bool, folder: str) -> Any:
    configuration = Configuration()
    for key, value in {
        "execution.checkpointing.unaligned.enabled": str(unaligned).lower(),
        # Asked for one by one.
        "execution.checkpointing.interval": "1h",
        "execution.checkpointing.timeout": "30 min",
        "execution.checkpointing.dir": folder,
    }.items():
        configuration.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(1)
    numbers = env.from_source(
        NumberSequenceSource(0, ENDLESS), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    keyed = numbers.key_by(lambda x: x % 1000, key_type=Types.LONG()).map(lambda x: x + 1, Types.LONG())
    keyed.key_by(lambda x: x % 7, key_type=Types.LONG()).map(Slow(), Types.LONG()).sink_to(DiscardingSink())
    return env


def main(unaligned: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="penstock-bench-unaligned-") as folder:
        job = build(unaligned, folder).execute_async("unaligned")
        while Pace.records == 0:
            time.sleep(0.01)
        time.sleep(WARM_UP)
        Pace.seconds = FAST * TIMES_SLOWER
        target = targets.job(str(job.get_job_id()), None)
        path = f"/jobs/{target.job_id}/checkpoints"
        began, before = time.perf_counter(), Pace.records
        target.rest.operation(path, {"checkpointType": "CONFIGURED"}, path)
        seconds = time.perf_counter() - began
        print(f"{seconds:.2f} {Pace.records - before}", flush=True)
    # As a crash: nobody waits for what is still on its way.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1] == "unaligned")
