"""Counts the numbers 1 to n by their remainder, on Bytewax, whose keys are strings."""

import sys
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import TestingSource, run_main


class Dropping(StatelessSinkPartition[Any]):
    def write_batch(self, items: list[Any]) -> None:
        return None


class DroppingSink(DynamicSink[Any]):
    def build(self, step_id: str, worker_index: int, worker_count: int) -> Dropping:
        return Dropping()


def count(before: int | None, value: int) -> tuple[int, tuple[int, int]]:
    now = (before or 0) + 1
    return now, (value, now)


def main(n: int) -> None:
    flow = Dataflow("keyed_count")
    numbers = op.input("numbers", flow, TestingSource(range(1, n + 1), batch_size=1000))
    keyed = op.key_on("key", numbers, lambda x: str(x % 10_000))
    counts = op.stateful_map("count", keyed, count)
    op.output("drop", counts, DroppingSink())
    run_main(flow)


if __name__ == "__main__":
    main(int(sys.argv[1]))
