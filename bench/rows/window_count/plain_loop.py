"""Counts the numbers 1 to n by their remainder and by tumbling windows of a second: a loop with a dict, at the top."""

import sys


class Times:
    def extract_timestamp(self, value: int, record_timestamp: int) -> int:
        return value // 10


class Count:
    def create_accumulator(self) -> int:
        return 0

    def add(self, value: int, accumulator: int) -> int:
        return accumulator + 1

    def get_result(self, accumulator: int) -> int:
        return accumulator

    def merge(self, acc_a: int, acc_b: int) -> int:
        return acc_a + acc_b


times, count = Times(), Count()
key = lambda x: x % 1_000  # noqa: E731  the very function of the job
accumulators: dict[int, int] = {}
window = 0
for x in range(1, int(sys.argv[1]) + 1):
    start = times.extract_timestamp(x, 0) // 1_000
    if start != window:
        for accumulator in accumulators.values():
            count.get_result(accumulator)
        accumulators.clear()
        window = start
    at = key(x)
    if at not in accumulators:
        accumulators[at] = count.create_accumulator()
    accumulators[at] = count.add(x, accumulators[at])
