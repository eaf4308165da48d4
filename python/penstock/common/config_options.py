"""Configuration keys with types and defaults."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ConfigOption(Generic[T]):
    """A key and the default of its value. Made by `ConfigOptions.key(...)`."""

    def __init__(self, j_config_option: tuple[str, Any]) -> None:
        self._key, self._default = j_config_option

    def __repr__(self) -> str:
        return f"Key: '{self._key}', default: {self._default!r}"


class ConfigOptions:
    """Makes configuration options.

    ConfigOptions.key("rate").int_type().default_value(5)
    """

    def __init__(self, j_config_options: str) -> None:
        self._key = j_config_options

    @staticmethod
    def key(key: str) -> ConfigOptions.OptionBuilder:
        """Begin an option with this key."""
        return ConfigOptions.OptionBuilder(key)

    class OptionBuilder:
        """An option whose type is not yet said."""

        def __init__(self, j_option_builder: str) -> None:
            self._key = j_option_builder

        def boolean_type(self) -> ConfigOptions.TypedConfigOptionBuilder[bool]:
            """Its values are `true` and `false`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

        def int_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """Its values are whole numbers of 32 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

        def long_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """Its values are whole numbers of 64 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

        def float_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """Its values are numbers of 32 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

        def double_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """Its values are numbers of 64 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

        def string_type(self) -> ConfigOptions.TypedConfigOptionBuilder[str]:
            """Its values are text."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key)

    class TypedConfigOptionBuilder(Generic[T]):
        """An option whose default is not yet said."""

        def __init__(self, j_typed_config_option_builder: str) -> None:
            self._key = j_typed_config_option_builder

        def default_value(self, value: T) -> ConfigOption[T]:
            """The option, with this default."""
            return ConfigOption((self._key, value))

        def no_default_value(self) -> ConfigOption[str]:
            """The option, without a default."""
            return ConfigOption((self._key, None))
