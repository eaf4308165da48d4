"""Records on their way to Redis: their commands in Redis' own encoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.common.serialization import SerializationSchema

_IDEMPOTENT = frozenset(
    {
        "DEL",
        "EXPIRE",
        "EXPIREAT",
        "GEOADD",
        "HDEL",
        "HEXPIRE",
        "HEXPIREAT",
        "HMSET",
        "HPERSIST",
        "HPEXPIRE",
        "HPEXPIREAT",
        "HSET",
        "JSON.DEL",
        "JSON.MERGE",
        "JSON.MSET",
        "JSON.SET",
        "MSET",
        "PERSIST",
        "PEXPIRE",
        "PEXPIREAT",
        "PFADD",
        "PSETEX",
        "SADD",
        "SET",
        "SETBIT",
        "SETEX",
        "SETRANGE",
        "SREM",
        "UNLINK",
        "ZADD",
        "ZREM",
    }
)
_COUNTING_OPTION = {"ZADD": "INCR"}


class RedisCommands(SerializationSchema):
    """The commands of a record: an array of arrays of texts."""

    def __init__(self, commands: Callable[[Any], Any], only_idempotent: bool) -> None:
        super().__init__()
        self._commands = commands
        self._only_idempotent = only_idempotent

    def serialize(self, value: Any) -> bytes:
        """The record's commands. Raises TypeError for anything else, ValueError for one that may not be repeated."""
        from penstock.connectors.redis import RedisCommand

        given = self._commands(value)
        commands = [given] if isinstance(given, RedisCommand) else list(given)
        parts = [b"*%d\r\n" % len(commands)]
        for command in commands:
            if not isinstance(command, RedisCommand):
                raise TypeError(f"the function of set_commands gives RedisCommands, not {command!r:.200}")
            if self._only_idempotent:
                _check(command.words)
            parts.append(b"*%d\r\n" % len(command.words))
            for word in command.words:
                encoded = encoded_word(word)
                parts.append(b"$%d\r\n%b\r\n" % (len(encoded), encoded))
        return b"".join(parts)


def encoded_word(word: Any) -> bytes:
    """A word of a command. Raises TypeError for what Redis has no text of.

    >>> encoded_word("ü"), encoded_word(1.0), encoded_word(True)
    (b'\\xc3\\xbc', b'1.0', b'1')
    """
    if isinstance(word, (bytes, bytearray)):
        return bytes(word)
    if isinstance(word, str):
        return word.encode()
    if isinstance(word, bool):
        return b"1" if word else b"0"
    if isinstance(word, (int, float)):
        return repr(word).encode()
    if hasattr(word, "item"):
        # A scalar of NumPy.
        return encoded_word(word.item())
    raise TypeError(f"Redis stores str, bytes, int and float, not {word!r:.200}")


def _check(words: tuple[Any, ...]) -> None:
    name = words[0].upper()
    option = _COUNTING_OPTION.get(name)
    counts = option is not None and any(isinstance(word, str) and word.upper() == option for word in words[2:])
    if name not in _IDEMPOTENT or counts:
        raise ValueError(
            f"the command {name}{f' {option}' if counts else ''} has another effect when it is sent again, as after a "
            "failure. Keep the value in the job's state and SET it, or call set_only_idempotent(False)"
        )
