"""Waiting for something outside, many records at a time: not in Penstock yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from penstock.common.time import Time
from penstock.common.typeinfo import TypeInformation
from penstock.util.exceptions import NotInPenstockError

if TYPE_CHECKING:
    from typing import Any

    from penstock.datastream.data_stream import DataStream
    from penstock.datastream.functions import AsyncFunction, AsyncRetryStrategy


class AsyncDataStream:
    """Applies asynchronous functions to streams: not in Penstock yet."""

    @staticmethod
    def ordered_wait(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results in the order of the records: not in Penstock yet."""
        raise NotInPenstockError("AsyncDataStream.ordered_wait")

    @staticmethod
    def unordered_wait(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results as they are ready: not in Penstock yet."""
        raise NotInPenstockError("AsyncDataStream.unordered_wait")

    @staticmethod
    def ordered_wait_with_retry(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[Any],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results in the order of the records, with further tries: not in Penstock yet."""
        raise NotInPenstockError("AsyncDataStream.ordered_wait_with_retry")

    @staticmethod
    def unordered_wait_with_retry(
        data_stream: DataStream,
        async_function: AsyncFunction[Any, Any],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[Any],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        """Results as they are ready, with further tries: not in Penstock yet."""
        raise NotInPenstockError("AsyncDataStream.unordered_wait_with_retry")
