"""Sends n objects from one slot process to another: n, the kind of object."""

import sys

from pyflink.common import WatermarkStrategy
from pyflink.common.typeinfo import Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from socket_objects import KINDS

from penstock.testing import DiscardingSink


def main(n: int, kind: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    make, type_info = KINDS[kind]
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    # Operators of different slot sharing groups are never in one slot.
    objects = numbers.map(make, type_info).slot_sharing_group("sender")
    objects.filter(lambda _: True).slot_sharing_group("receiver").sink_to(DiscardingSink()).slot_sharing_group(
        "receiver"
    )
    env.execute("socket")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
