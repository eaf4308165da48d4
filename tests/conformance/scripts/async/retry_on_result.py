# Further tries after results that a predicate does not like, until the strategy gives up: then the last one counts.
# order: per-sink
from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, AsyncRetryStrategy, StreamExecutionEnvironment
from pyflink.datastream.async_retry_predicates import empty_result_predicate


class Stubborn(AsyncFunction):
    def __init__(self):
        self.tries = {}

    async def async_invoke(self, value):
        self.tries[value] = self.tries.get(value, 0) + 1
        return [f"{value} after {self.tries[value]}"] if self.tries[value] > value else []


class Counting(Stubborn):
    async def async_invoke(self, value):
        await super().async_invoke(value)
        return [self.tries[value]]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([0, 1, 2, 3, 4], type_info=Types.INT())
    empty = AsyncRetryStrategy.fixed_delay(3, 10, empty_result_predicate, None)
    small = AsyncRetryStrategy.exponential_backoff(4, 10, 50, 2.0, lambda result: result[0] < 3, None)
    seconds = Time.seconds(20)
    AsyncDataStream.ordered_wait_with_retry(numbers, Stubborn(), seconds, empty, 10, Types.STRING()).print("fixed")
    counted = AsyncDataStream.unordered_wait_with_retry(numbers, Counting(), seconds, small, 1, Types.INT())
    counted.print("exponential")
    env.execute()


if __name__ == "__main__":
    main()
