"""Three maps and a filter over the numbers 1 to n, on Bytewax."""

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


def main(n: int) -> None:
    flow = Dataflow("map_chain")
    stream = op.input("numbers", flow, TestingSource(range(1, n + 1), batch_size=1000))
    stream = op.map("first", stream, lambda x: x + 1)
    stream = op.map("second", stream, lambda x: x * 3)
    stream = op.map("third", stream, lambda x: x ^ 0x55)
    stream = op.filter("keep", stream, lambda x: x % 2 == 0)
    op.output("drop", stream, DroppingSink())
    run_main(flow)


if __name__ == "__main__":
    main(int(sys.argv[1]))
