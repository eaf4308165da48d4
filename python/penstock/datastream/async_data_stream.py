"""Waiting for something outside, many records at a time."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from penstock._build.functions import pickled
from penstock._build.operators import AsyncWaitOperator
from penstock.common.time import Time
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.async_retry_strategies import NO_RETRY_STRATEGY
from penstock.datastream.data_stream import callables

if TYPE_CHECKING:
    from penstock.datastream.data_stream import DataStream
    from penstock.datastream.functions import AsyncFunction, AsyncRetryStrategy


class AsyncDataStream:
    """Applies asynchronous functions to streams.

    class Ask(AsyncFunction):
        async def async_invoke(self, value):
            return [await client.get(value)]

    AsyncDataStream.unordered_wait(stream, Ask(), Time.seconds(5), 100)

    At most `capacity` calls are under way. The calls for one record may take `timeout` in all; then `timeout()` of the
    function says what comes of it. Zero means that they may take for ever, without retries only.
    """

    @staticmethod
    def ordered_wait(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """Results in the order of the records."""
        return _wait("ordered_wait", data_stream, async_function, timeout, NO_RETRY_STRATEGY, capacity, output_type)

    @staticmethod
    def unordered_wait(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """Results as they are ready; none passes a watermark."""
        return _wait("unordered_wait", data_stream, async_function, timeout, NO_RETRY_STRATEGY, capacity, output_type)

    @staticmethod
    def ordered_wait_with_retry(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[Any],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """Results in the order of the records, with further tries."""
        method = "ordered_wait_with_retry"
        return _wait(method, data_stream, async_function, timeout, async_retry_strategy, capacity, output_type)

    @staticmethod
    def unordered_wait_with_retry(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[Any],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream:
        """Results as they are ready, with further tries; none passes a watermark."""
        method = "unordered_wait_with_retry"
        return _wait(method, data_stream, async_function, timeout, async_retry_strategy, capacity, output_type)


def _wait(
    method: str,
    data_stream: DataStream,
    function: AsyncFunction[Any, Any],
    timeout: Time,
    strategy: AsyncRetryStrategy[Any],
    capacity: int,
    output_type: TypeInformation | None,
) -> DataStream:
    output_type = callables.declared(output_type, method)
    retries = _check(function, timeout, strategy, capacity)
    operator = AsyncWaitOperator(
        pickled(function, f"the function of {method}"),
        pickled(strategy, f"the retry strategy of {method}") if retries else None,
        timeout.to_milliseconds(),
        capacity,
        method.startswith("ordered"),
    )
    return data_stream._values()._add("async wait operator", operator, output_type)


def _check(
    function: AsyncFunction[Any, Any], timeout: Time, strategy: AsyncRetryStrategy[Any] | None, capacity: int
) -> bool:
    """Whether there are retries. Raises TypeError and ValueError, mostly with PyFlink's words."""
    if not inspect.iscoroutinefunction(getattr(function, "async_invoke", None)):
        raise TypeError(f"Method 'async_invoke' of class '{type(function)}' should be declared as 'async def'.")
    if not isinstance(timeout, Time):
        raise TypeError(f"the timeout has to be a Time such as Time.seconds(5), not {timeout!r}")
    if timeout.to_milliseconds() < 0:
        raise ValueError(f"the timeout cannot be negative, and it is {timeout.to_milliseconds()} ms")
    if isinstance(capacity, bool) or not isinstance(capacity, int):
        raise TypeError(f"the capacity has to be a number of calls, not {capacity!r}")
    if capacity <= 0:
        raise ValueError("The capacity must be larger than 0.")
    if strategy is None:
        raise ValueError("Async retry strategy should not be None.")
    if strategy is not NO_RETRY_STRATEGY and timeout.to_milliseconds() <= 0:
        raise ValueError("Timeout should be configured when do async with retry.")
    predicate = strategy.get_retry_predicate()
    if predicate is None:
        raise ValueError(f"Retry predicate of the async retry strategy '{type(strategy)}' is None.")
    return predicate.result_predicate() is not None or predicate.exception_predicate() is not None
