"""Redis: a feature store that a job keeps up to date.

    sink = (
        RedisSink.builder()
        .set_url("redis://localhost:6379/0")
        .set_password(os.environ["REDIS_PASSWORD"])
        .set_commands(lambda f: RedisCommand.hset(f"customer:{f['id']}", {"orders": f["orders"], "rate": f["rate"]}))
        .build()
    )
    features.sink_to(sink)

The function gives the commands of a record: one, or a list of them.

What is promised: all commands since the last checkpoint are sent again after a failure. Commands that set absolute
values change nothing the second time, so once the job has caught up, the store is as if there had been no failure; in
between, values may go back. Other commands (INCR, LPUSH, APPEND, …) would count twice and are refused, unless
`set_only_idempotent(False)` lets them through, at least once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from penstock._build.codecs import SchemaCodec
from penstock._build.functions import pickled
from penstock._build.operators import SinkOperator
from penstock._runtime.redis_commands import RedisCommands
from penstock.datastream.connectors.base import Sink

__all__ = ["RedisCommand", "RedisSink", "RedisSinkBuilder"]

Word = str | bytes | int | float


class RedisCommand:
    """A command with its words.

    >>> RedisCommand("SADD", "seen", 7, b"x")
    RedisCommand('SADD', 'seen', 7, b'x')
    """

    __slots__ = ("words",)

    def __init__(self, name: str, *words: Word) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a RedisCommand begins with its name, such as 'SET', not {name!r}")
        self.words: tuple[Word, ...] = (name, *words)

    def __repr__(self) -> str:
        return f"RedisCommand({', '.join(map(repr, self.words))})"

    @staticmethod
    def set(key: Word, value: Word, expire_ms: int | None = None) -> RedisCommand:
        """`SET`: the value of a key, for so many milliseconds or for good.

        >>> RedisCommand.set("k", 1.5, 60_000)
        RedisCommand('SET', 'k', 1.5, 'PX', 60000)
        """
        return RedisCommand("SET", key, value, *(() if expire_ms is None else ("PX", expire_ms)))

    @staticmethod
    def hset(key: Word, fields: Mapping[Any, Word]) -> RedisCommand:
        """`HSET`: fields of a hash; others stay.

        >>> RedisCommand.hset("customer:7", {"orders": 3, "rate": 0.5})
        RedisCommand('HSET', 'customer:7', 'orders', 3, 'rate', 0.5)
        """
        if not fields:
            raise ValueError(f"RedisCommand.hset({key!r}, ...) needs at least one field")
        return RedisCommand("HSET", key, *(word for field in fields.items() for word in field))

    @staticmethod
    def expire(key: Word, milliseconds: int) -> RedisCommand:
        """`PEXPIRE`: the key goes after so many milliseconds."""
        return RedisCommand("PEXPIRE", key, milliseconds)

    @staticmethod
    def delete(*keys: Word) -> RedisCommand:
        """`DEL`: these keys go."""
        return RedisCommand("DEL", *keys)

    @staticmethod
    def zadd(key: Word, scores: Mapping[Any, float]) -> RedisCommand:
        """`ZADD`: scores of members of a sorted set.

        >>> RedisCommand.zadd("top", {"ann": 2.5})
        RedisCommand('ZADD', 'top', 2.5, 'ann')
        """
        return RedisCommand("ZADD", key, *(word for member, score in scores.items() for word in (score, member)))


class RedisSink(Sink):
    """Sends commands; made by `RedisSink.builder()`."""

    def __init__(self, operator: SinkOperator) -> None:
        super().__init__(None)
        self._operator = operator

    @staticmethod
    def builder() -> RedisSinkBuilder:
        """Begin a sink."""
        return RedisSinkBuilder()

    def _sink_operator(self) -> SinkOperator:
        return self._operator


class RedisSinkBuilder:
    """Makes a RedisSink. A URL and the function that makes commands are needed."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {
            "batch_size": 500,
            "batch_interval_ms": 100,
            "max_retries": 5,
            "timeout_ms": 10_000,
        }
        self._commands: Callable[[Any], RedisCommand | Iterable[RedisCommand]] | None = None
        self._only_idempotent = True

    def build(self) -> RedisSink:
        """The sink. Raises ValueError naming what is missing."""
        if "url" not in self._options:
            raise ValueError("RedisSink needs a URL: call set_url('redis://localhost:6379/0')")
        if self._commands is None:
            raise ValueError(
                "RedisSink needs the commands of a record: call set_commands(lambda r: RedisCommand.set(r[0], r[1]))"
            )
        schema = RedisCommands(self._commands, self._only_idempotent)
        encoder = SchemaCodec("function", pickled(schema, "the commands of a RedisSink"))
        return RedisSink(SinkOperator("redis", dict(self._options), encoder))

    def set_url(self, url: str) -> RedisSinkBuilder:
        """The server: `redis://host:port/database`, with TLS `rediss://`."""
        self._options["url"] = _text(url, "url")
        return self

    def set_username(self, username: str) -> RedisSinkBuilder:
        """Who connects, unless the URL says so."""
        self._options["username"] = _text(username, "username")
        return self

    def set_password(self, password: str) -> RedisSinkBuilder:
        """The password, unless the URL has it."""
        self._options["password"] = _text(password, "password")
        return self

    def set_commands(self, commands: Callable[[Any], RedisCommand | Iterable[RedisCommand]]) -> RedisSinkBuilder:
        """The function from a record to its command, or to a list of commands, which may be empty."""
        if not callable(commands):
            raise TypeError(f"RedisSink.set_commands takes a function from a record to RedisCommands, not {commands!r}")
        self._commands = commands
        return self

    def set_only_idempotent(self, only_idempotent: bool) -> RedisSinkBuilder:
        """Whether commands are refused whose effect differs when they are sent again: True by default."""
        self._only_idempotent = bool(only_idempotent)
        return self

    def set_batch_size(self, batch_size: int) -> RedisSinkBuilder:
        """How many records are sent together: 500 by default."""
        return self._number("batch_size", batch_size, 1)

    def set_batch_interval_ms(self, batch_interval_ms: int) -> RedisSinkBuilder:
        """How long a record waits for others: 100 by default; 0 is until a batch is full or a checkpoint comes."""
        return self._number("batch_interval_ms", batch_interval_ms, 0)

    def set_max_retries(self, max_retries: int) -> RedisSinkBuilder:
        """How often a batch is sent again when the server is away: 5 by default."""
        return self._number("max_retries", max_retries, 0)

    def set_timeout_ms(self, timeout_ms: int) -> RedisSinkBuilder:
        """How long an answer may take: 10 000 by default."""
        return self._number("timeout_ms", timeout_ms, 1)

    def _number(self, option: str, value: int, least: int) -> RedisSinkBuilder:
        if not isinstance(value, int) or value < least:
            raise ValueError(f"RedisSink: {option} is a number of at least {least}, not {value!r}")
        self._options[option] = value
        return self


def _text(value: str, option: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"RedisSink: {option} has to be str, not {value!r}")
    return value
