"""Options by key, as Flink's `config.yaml` has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Configuration:
    """Options by key. Every value is text and is read with a type when it is used.

        config = Configuration()
        config.set_string("execution.checkpointing.interval", "60 s")
        env = StreamExecutionEnvironment.get_execution_environment(config)

    `other` is copied.
    """

    def __init__(self, other: Configuration | None = None, j_configuration: dict[str, str] | None = None) -> None:
        self._values: dict[str, str] = dict(j_configuration or {})
        if other is not None:
            self._values.update(other._values)

    @classmethod
    def from_dict(cls, map: dict[str, str]) -> Configuration:
        """A configuration with these options."""
        config = cls()
        for key, value in map.items():
            config._set(key, value if isinstance(value, str) else _text(value))
        return config

    def get_string(self, key: str, default_value: str) -> str:
        """The text of an option."""
        return self._values.get(key, default_value)

    def set_string(self, key: str, value: str) -> Configuration:
        """Set an option to a text. Raises TypeError for anything else."""
        if not isinstance(value, str):
            raise TypeError(f"set_string({key!r}, ...) takes a str, not {value!r}")
        return self._set(key, value)

    def get_integer(self, key: str, default_value: int) -> int:
        """An option as a whole number. Raises ValueError if it is none."""
        return self._read(key, default_value, int, "a whole number")

    def set_integer(self, key: str, value: int) -> Configuration:
        """Set an option to a whole number."""
        return self._set(key, str(int(value)))

    def get_boolean(self, key: str, default_value: bool) -> bool:
        """An option as `true` or `false`. Raises ValueError if it is neither."""
        return self._read(key, default_value, _boolean, "true or false")

    def set_boolean(self, key: str, value: bool) -> Configuration:
        """Set an option to `true` or `false`."""
        return self._set(key, _text(bool(value)))

    def get_float(self, key: str, default_value: float) -> float:
        """An option as a number. Raises ValueError if it is none."""
        return self._read(key, default_value, float, "a number")

    def set_float(self, key: str, value: float) -> Configuration:
        """Set an option to a number."""
        return self._set(key, repr(float(value)))

    def get_bytearray(self, key: str, default_value: bytearray) -> bytearray:
        """An option as bytes. Raises ValueError if it was not set by `set_bytearray`."""
        return self._read(key, default_value, bytearray.fromhex, "bytes in hexadecimal digits")

    def set_bytearray(self, key: str, value: bytearray) -> Configuration:
        """Set an option to bytes."""
        return self._set(key, bytes(value).hex())

    def key_set(self) -> set[str]:
        """The keys of all options that are set."""
        return set(self._values)

    def add_all_to_dict(self, target_dict: dict[str, str]) -> None:
        """Put all options into a dict."""
        target_dict.update(self._values)

    def add_all(self, other: Configuration, prefix: str | None = None) -> Configuration:
        """Take over all options of another configuration, their keys preceded by the prefix."""
        for key, value in other._values.items():
            self._set((prefix or "") + key, value)
        return self

    def contains_key(self, key: str) -> bool:
        """Whether an option is set."""
        return key in self._values

    def to_dict(self) -> dict[str, str]:
        """All options."""
        return dict(self._values)

    def remove_config(self, key: str) -> bool:
        """Unset an option; whether it was set."""
        return self._values.pop(key, None) is not None

    @staticmethod
    def parse_list_value(value: str) -> list[str]:
        """The items of a list: `[a, b]` or `a;b`."""
        text = value.strip()
        if text.startswith("[") and text.endswith("]"):
            items = [item.strip() for item in re.split(r",(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)", text[1:-1])]
            return [
                item[1:-1] if len(item) > 1 and item[0] == item[-1] and item[0] in "'\"" else item
                for item in items
                if item
            ]
        return [item.strip() for item in text.split(";") if item.strip()]

    def _set(self, key: str, value: str) -> Configuration:
        if not isinstance(key, str) or not key:
            raise TypeError(f"a configuration key is a str that is not empty, not {key!r}")
        self._values[key] = value
        return self

    def _read(self, key: str, default: T, parse: Callable[[str], T], expected: str) -> T:
        text = self._values.get(key)
        if text is None:
            return default
        try:
            return parse(text.strip())
        except ValueError:
            raise ValueError(f"{key}: {text!r} is not {expected}") from None

    def __deepcopy__(self, memodict: dict[int, Any] | None = None) -> Configuration:
        return Configuration(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}={value}" for key, value in sorted(self._values.items())) + "}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError
    return lowered == "true"
