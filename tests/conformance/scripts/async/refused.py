# What is refused when the job is built.
from pyflink.common import Time
from pyflink.datastream import (
    AsyncDataStream,
    AsyncFunction,
    AsyncRetryPredicate,
    AsyncRetryStrategy,
    StreamExecutionEnvironment,
)
from pyflink.datastream.async_retry_predicates import (
    empty_result_predicate,
    exception_type_predicate,
    has_exception_predicate,
)
from pyflink.datastream.async_retry_strategies import (
    ExponentialBackoffDelayRetryStrategy,
    FixedDelayRetryStrategy,
    NoRetryStrategy,
)


class Fine(AsyncFunction):
    async def async_invoke(self, value):
        return [value]


class NotAsync(AsyncFunction):
    def async_invoke(self, value):
        return [value]


class NoPredicate(NoRetryStrategy):
    def get_retry_predicate(self):
        return None


def refused(call):
    try:
        call()
    except Exception as error:
        print(error)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_collection([1])
    seconds = Time.seconds(5)
    fixed = AsyncRetryStrategy.fixed_delay(1, 10, empty_result_predicate, None)
    for wait in (AsyncDataStream.ordered_wait, AsyncDataStream.unordered_wait):
        refused(lambda wait=wait: wait(numbers, NotAsync(), seconds))
    for wait in (AsyncDataStream.ordered_wait_with_retry, AsyncDataStream.unordered_wait_with_retry):
        refused(lambda wait=wait: wait(numbers, Fine(), seconds, None))
        refused(lambda wait=wait: wait(numbers, Fine(), Time.seconds(0), fixed))
        refused(lambda wait=wait: wait(numbers, Fine(), seconds, NoPredicate()))
    for numbers_given in ((0, 1), (1, 0)):
        refused(lambda given=numbers_given: FixedDelayRetryStrategy(*given, None, None))
    for numbers_given in ((0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)):
        refused(lambda given=numbers_given: ExponentialBackoffDelayRetryStrategy(*given, None, None))
    growing = AsyncRetryStrategy.exponential_backoff(4, 10, 50, 1.7, None, has_exception_predicate)
    for attempt in range(1, 6):
        print(attempt, growing.can_retry(attempt), growing.get_backoff_time_millis(attempt))
    print(fixed.can_retry(1), fixed.can_retry(2), fixed.get_backoff_time_millis(2))
    none = AsyncRetryStrategy.no_restart()
    print(none.can_retry(1), none.get_backoff_time_millis(1), none.get_retry_predicate().result_predicate())
    predicate = growing.get_retry_predicate()
    print(isinstance(predicate, AsyncRetryPredicate), predicate.exception_predicate()(ValueError()))
    print(empty_result_predicate(None), empty_result_predicate([]), empty_result_predicate([0]))
    print(has_exception_predicate(None), exception_type_predicate(KeyError(), LookupError))


if __name__ == "__main__":
    main()
