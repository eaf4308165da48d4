"""Counts n numbers by key: n, number of keys, settings as `key=value`.

First each key comes once, then keys come at random, all equally often.
"""

import sys
import tempfile
from collections.abc import Iterator

from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor

from penstock.testing import DiscardingSink


class CountPerKey(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[tuple[int, int]]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value, count


def main(n: int, keys: int, *settings: str) -> None:
    configuration = Configuration()
    for setting in settings:
        key, _, value = setting.partition("=")
        configuration.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_parallelism(1)
    numbers = env.from_source(
        NumberSequenceSource(0, n - 1), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    counts = numbers.key_by(
        lambda x: x if x < keys else (x * x * x * 0x9E3779B1 >> 20) % keys, key_type=Types.LONG()
    ).process(CountPerKey(), output_type=Types.TUPLE([Types.LONG(), Types.LONG()]))
    counts.sink_to(DiscardingSink())
    env.execute("state_count")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        given = [setting.replace("{folder}", folder) for setting in sys.argv[3:]]
        main(int(sys.argv[1]), int(sys.argv[2]), *given)
