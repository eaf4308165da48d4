# Further tries after errors that a predicate knows; others, and the last one, fail the job.
import asyncio

from pyflink.common import Time, Types
from pyflink.datastream import AsyncDataStream, AsyncFunction, AsyncRetryStrategy, StreamExecutionEnvironment
from pyflink.datastream.async_retry_predicates import exception_type_predicate, has_exception_predicate


class Failing(AsyncFunction):
    def __init__(self, failures, kind):
        self.failures, self.kind, self.tries = failures, kind, 0

    async def async_invoke(self, value):
        self.tries += 1
        # PyFlink loses an error that comes before it waits for the end.
        await asyncio.sleep(0.2)
        if self.tries <= self.failures:
            raise self.kind(f"try {self.tries}")
        return [f"{value} after {self.tries}"]


def is_connection_error(error):
    return exception_type_predicate(error, ConnectionError)


def tells(error, kind, text):
    return any(f"{kind}{said}" in str(error) for said in (f": {text}", f": '{text}'", f"('{text}')"))


def run(wait, function, strategy):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([7], type_info=Types.INT())
    wait(numbers, function, Time.seconds(20), strategy, 10, Types.STRING()).print()
    try:
        env.execute()
    except Exception as error:
        tries = [(kind, f"try {n}") for kind in ("ConnectionError", "KeyError") for n in (1, 2, 3, 4)]
        print([told for told in tries if tells(error, *told)])


def main():
    ordered, unordered = AsyncDataStream.ordered_wait_with_retry, AsyncDataStream.unordered_wait_with_retry
    for wait in (ordered, unordered):
        run(wait, Failing(2, ConnectionError), AsyncRetryStrategy.fixed_delay(2, 10, None, has_exception_predicate))
        run(wait, Failing(9, ConnectionError), AsyncRetryStrategy.fixed_delay(2, 10, None, is_connection_error))
        run(wait, Failing(9, KeyError), AsyncRetryStrategy.exponential_backoff(3, 10, 20, 2.0, None, is_connection_error))
    run(ordered, Failing(9, KeyError), AsyncRetryStrategy.no_restart())


if __name__ == "__main__":
    main()
