# The timeout is for all tries of a record together: when it is over there is no further one, and timeout() answers.
# order: per-sink
from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, AsyncRetryStrategy, StreamExecutionEnvironment
from pyflink.datastream.async_retry_predicates import empty_result_predicate


class Nothing(AsyncFunction):
    async def async_invoke(self, value):
        return [f"{value} at once"] if value == 2 else []

    def timeout(self, value):
        return [f"{value} timed out"]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    strategy = AsyncRetryStrategy.fixed_delay(1000, 100, empty_result_predicate, None)
    second = Time.milliseconds(1000)
    AsyncDataStream.ordered_wait_with_retry(numbers, Nothing(), second, strategy, 10, Types.STRING()).print("ordered")
    one = numbers.filter(lambda n: n < 3)
    AsyncDataStream.unordered_wait_with_retry(one, Nothing(), second, strategy, 10, Types.STRING()).print("unordered")
    env.execute()


if __name__ == "__main__":
    main()
