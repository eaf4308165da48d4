"""The calls of an asynchronous function, on a thread with an event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from penstock.datastream.functions import AsyncFunction, AsyncRetryStrategy

if TYPE_CHECKING:
    from penstock._native import CallEnds

_log = logging.getLogger("penstock")

# How long calls that are given up, and then the thread, may take to end.
_GIVEN_UP_SECONDS, _THREAD_SECONDS = 1.0, 5.0


class AsyncCalls:
    """Calls a function for records that the task hands over, at most `capacity` at a time, and says how they end.

    `begin` may be called from any thread; everything else that touches the calls runs on the loop's.
    """

    def __init__(
        self,
        function: AsyncFunction[Any, Any],
        retry: AsyncRetryStrategy[Any] | None,
        capacity: int,
        timeout_ms: int,
        ends: CallEnds,
        name: str,
    ) -> None:
        self._invoke: Callable[[Any], Awaitable[Any]]
        self._invoke = function.async_invoke if retry is None else _Retrying(function, retry)
        self._on_timeout = function.timeout
        self._own_timeout = type(function).timeout is not AsyncFunction.timeout
        self._free = capacity
        self._timeout = timeout_ms / 1000
        self._ends = ends
        self._name = name
        self._handed_over: deque[Iterable[tuple[int, Any]]] = deque()
        self._waiting: deque[tuple[int, Any]] = deque()
        # In the order in which the calls were begun, which is that of their deadlines.
        self._running: dict[int, tuple[float, Any, asyncio.Task[None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def begin(self, records: Iterable[tuple[int, Any]]) -> None:
        """Call for these records, by their numbers, as soon as calls are free."""
        self._handed_over.append(records)
        self._loop.call_soon_threadsafe(self._take_over)

    def stop(self) -> None:
        """Give up all calls, and wait for the thread to end."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_THREAD_SECONDS)
        if self._thread.is_alive():
            _log.warning("%s: a call does not give the event loop back", self._name)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._waiting.clear()
            self._running.clear()
            self._give_up()
            self._loop.close()

    def _give_up(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=_GIVEN_UP_SECONDS))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def _take_over(self) -> None:
        waiting = self._waiting
        while self._handed_over:
            waiting.extend(self._handed_over.popleft())
        while waiting and self._free:
            self._free -= 1
            self._call_next()

    def _call_next(self) -> None:
        number, value = self._waiting.popleft()
        task = self._loop.create_task(self._call(number, value))
        deadline = self._loop.time() + self._timeout
        self._running[number] = (deadline, value, task)
        if self._timer is None and self._timeout:
            self._timer = self._loop.call_at(deadline, self._look_for_timeouts)

    async def _call(self, number: int, value: Any) -> None:
        try:
            result = await self._invoke(value)
        except BaseException as error:  # cancellation too: nobody else would say that the call has ended
            if self._ended(number):
                self._ends.raised(number, error)
        else:
            if self._ended(number):
                self._ends.returned(number, result)

    def _ended(self, number: int) -> bool:
        """Whether the call was still waited for; the next takes its place."""
        if self._running.pop(number, None) is None:
            return False
        if self._waiting:
            self._call_next()
        else:
            self._free += 1
        return True

    def _look_for_timeouts(self) -> None:
        self._timer = None
        now = self._loop.time()
        for number, (deadline, value, task) in list(self._running.items()):
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._look_for_timeouts)
                return
            if self._ended(number):
                task.cancel()
                self._time_out(number, value)

    def _time_out(self, number: int, value: Any) -> None:
        try:
            result = self._on_timeout(value)
        except Exception as error:
            # The default one has no line of the user's to show.
            self._ends.raised(number, error if self._own_timeout else error.with_traceback(None))
        else:
            self._ends.returned(number, result)


class _Retrying:
    """Calls a function until the strategy is content or gives up."""

    def __init__(self, function: AsyncFunction[Any, Any], strategy: AsyncRetryStrategy[Any]) -> None:
        self._invoke = function.async_invoke
        self._strategy = strategy
        predicate = strategy.get_retry_predicate()
        self._on_result = predicate.result_predicate()
        self._on_error = predicate.exception_predicate()

    async def __call__(self, value: Any) -> Any:
        attempts = 0
        while True:
            attempts += 1
            try:
                result = await self._invoke(value)
            except Exception as error:
                if self._on_error is None or not self._on_error(error) or not self._strategy.can_retry(attempts):
                    raise
            else:
                again = self._on_result is not None and result is not None and self._on_result(result)
                if not again or not self._strategy.can_retry(attempts):
                    return result
            await asyncio.sleep(self._strategy.get_backoff_time_millis(attempts) / 1000)
