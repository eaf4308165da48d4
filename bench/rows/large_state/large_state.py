"""A job with a row of text for each of many keys, and what is seen of its records from outside."""

import random
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from penstock.common import Configuration, Row, Types, WatermarkStrategy
from penstock.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from penstock.datastream.connectors.number_seq import NumberSequenceSource
from penstock.datastream.state import ValueStateDescriptor
from penstock.testing import DiscardingSink

POOL = "".join(random.Random(4).choices(string.ascii_letters + string.digits, k=1 << 16))
"""Text that does not compress, of which values are pieces."""


@dataclass
class Entry:
    """What is kept where the state has no declared type."""

    count: int
    text: str


class Gauge:
    """How many records there were, and the longest time between two of them."""

    def __init__(self) -> None:
        self.records = 0
        self.longest = 0.0
        self.last = time.perf_counter()

    def record(self) -> None:
        now = time.perf_counter()
        if now - self.last > self.longest:
            self.longest = now - self.last
        self.last = now
        self.records += 1


GAUGE = Gauge()
"""Of this process: the functions of a job with one slot run in the process of its script."""


class Replace(KeyedProcessFunction):
    """Replaces the value of the key, whose text has so many characters."""

    def __init__(self, characters: int, typed: bool) -> None:
        self.characters, self.typed = characters, typed

    def open(self, runtime_context: RuntimeContext) -> None:
        declared = Types.ROW([Types.LONG(), Types.STRING()]) if self.typed else Types.PICKLED_BYTE_ARRAY()
        self.state = runtime_context.get_state(ValueStateDescriptor("value", declared))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        GAUGE.record()
        before = self.state.value()
        at = value * 7919 % (len(POOL) - self.characters)
        text = POOL[at : at + self.characters]
        if self.typed:
            self.state.update(Row(1 if before is None else before[0] + 1, text))
        else:
            self.state.update(Entry(1 if before is None else before.count + 1, text))
        yield from ()


def build(n: int, keys: int, characters: int, *, typed: bool, source: str, settings: dict[str, str]) -> Any:
    """The job: each key once, then keys at random. `source`: the uid of what makes the numbers."""
    configuration = Configuration()
    for key, value in settings.items():
        configuration.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(1)
    numbers = env.from_source(
        NumberSequenceSource(0, n - 1), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    numbers.uid(source).key_by(
        lambda x: x if x < keys else (x * x * x * 0x9E3779B1 >> 20) % keys, key_type=Types.LONG()
    ).process(Replace(characters, typed), Types.LONG()).uid("replace").sink_to(DiscardingSink())
    return env
