"""Counts a million numbers by key in BATCH mode, from the key's records as they come."""

import sys

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import ValueStateDescriptor


class Sums(KeyedProcessFunction):
    def open(self, runtime_context):
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.LONG()))
        self.seen = set()

    def process_element(self, value, ctx):
        key = ctx.get_current_key()
        if self.sum.value() is None:
            assert key not in self.seen, "a key comes once"
            self.seen.add(key)
            ctx.timer_service().register_event_time_timer(1)
        self.sum.update((self.sum.value() or 0) + value[1])

    def on_timer(self, timestamp, ctx):
        yield ctx.get_current_key(), self.sum.value()


def main(n, keys):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_source(
        NumberSequenceSource(0, n - 1), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    records = numbers.map(lambda number: (number % keys, number, "x" * 50))
    sums = records.key_by(lambda record: record[0]).process(Sums())
    counted = sorted(sums.execute_and_collect())
    expected = [(key, sum(range(key, n, keys))) for key in range(keys)]
    print("equal" if counted == expected else f"{counted[:5]} and not {expected[:5]}")
    reduced = records.map(lambda record: (record[0], record[1]))
    reduced = reduced.key_by(lambda pair: pair[0]).reduce(lambda a, b: (a[0], a[1] + b[1]))
    print("equal" if sorted(reduced.execute_and_collect()) == expected else "reduce differs")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
