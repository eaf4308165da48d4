# Ordered and unordered, in the streaming and the batch mode: plain, with a timeout, with retries, and with both.
# order: per-sink
import asyncio
from itertools import product

from pyflink.common import Time, Types
from pyflink.datastream import (
    AsyncDataStream,
    AsyncFunction,
    AsyncRetryStrategy,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)
from pyflink.datastream.async_retry_predicates import empty_result_predicate, has_exception_predicate

MODES = {"streaming": RuntimeExecutionMode.STREAMING, "batch": RuntimeExecutionMode.BATCH}
ORDERS = {
    "ordered": (AsyncDataStream.ordered_wait, AsyncDataStream.ordered_wait_with_retry),
    "unordered": (AsyncDataStream.unordered_wait, AsyncDataStream.unordered_wait_with_retry),
}
LONG = Time.seconds(30)
SHORT = Time.milliseconds(1500)


class Late(AsyncFunction):
    """The first record's call takes longest."""

    async def async_invoke(self, value):
        await asyncio.sleep(0.4 * (3 - value))
        return [f"{value} is there"]

    def timeout(self, value):
        return [f"{value} is late"]


class Never(Late):
    """Odd records get no answer."""

    async def async_invoke(self, value):
        await asyncio.sleep(60 if value % 2 else 0)
        return [f"{value} is there"]


class Later(Late):
    """A record has as many empty results as its value says."""

    def __init__(self):
        self.tries = {}

    async def async_invoke(self, value):
        self.tries[value] = self.tries.get(value, 0) + 1
        return [f"{value} after {self.tries[value]}"] if self.tries[value] > value else []


class Failing(Later):
    """A record's call fails as often as its value says."""

    async def async_invoke(self, value):
        # PyFlink loses an error that comes before it waits for the end.
        await asyncio.sleep(0.2)
        result = await super().async_invoke(value)
        if not result:
            raise ConnectionError(f"try {self.tries[value]}")
        return result


class Nothing(Late):
    """Odd records have empty results for ever."""

    async def async_invoke(self, value):
        return [] if value % 2 else [f"{value} is there"]


ON_RESULT = AsyncRetryStrategy.fixed_delay(1000, 300, empty_result_predicate, None)
ON_ERROR = AsyncRetryStrategy.exponential_backoff(5, 300, 600, 2.0, None, has_exception_predicate)
WAYS = {
    "plain": (Late, LONG, None),
    "timeout": (Never, SHORT, None),
    "retry on result": (Later, LONG, ON_RESULT),
    "retry on error": (Failing, LONG, ON_ERROR),
    "retry and timeout": (Nothing, SHORT, ON_RESULT),
}


def main():
    for mode_name, mode in MODES.items():
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_runtime_mode(mode)
        env.set_parallelism(1)
        numbers = env.from_collection([1, 2], type_info=Types.INT())
        for order, way in product(ORDERS, WAYS):
            wait, wait_with_retry = ORDERS[order]
            function, timeout, strategy = WAYS[way]
            if strategy is None:
                results = wait(numbers, function(), timeout, 10, Types.STRING())
            else:
                results = wait_with_retry(numbers, function(), timeout, strategy, 10, Types.STRING())
            results.print(f"{order}, {way}, {mode_name}")
        env.execute()


if __name__ == "__main__":
    main()
