"""Names and types of state."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any

from penstock.common.typeinfo import ListTypeInfo, MapTypeInfo, TypeInformation, Types

if TYPE_CHECKING:
    from penstock.datastream.functions import AggregateFunction, ReduceFunction
    from penstock.datastream.state.ttl import StateTtlConfig


class StateDescriptor(ABC):
    """Name and type of a state. States of one operator need different names."""

    def __init__(self, name: str, type_info: TypeInformation) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"{type(self).__name__}: the name of a state is a str that is not empty, not {name!r}")
        self.name = name
        self.type_info = type_info
        self._ttl_config: StateTtlConfig | None = None

    def get_name(self) -> str:
        """The state's name."""
        return self.name

    def enable_time_to_live(self, ttl_config: StateTtlConfig) -> None:
        """Let values expire."""
        self._ttl_config = ttl_config


class ValueStateDescriptor(StateDescriptor):
    """A single value."""

    def __init__(self, name: str, value_type_info: TypeInformation) -> None:
        super().__init__(name, _checked(value_type_info, name, "value_type_info"))


class ListStateDescriptor(StateDescriptor):
    """A list of values."""

    def __init__(self, name: str, elem_type_info: TypeInformation) -> None:
        self._element_type = _checked(elem_type_info, name, "elem_type_info")
        super().__init__(name, ListTypeInfo(self._element_type))


class MapStateDescriptor(StateDescriptor):
    """Values by keys."""

    def __init__(self, name: str, key_type_info: TypeInformation, value_type_info: TypeInformation) -> None:
        self._key_type = _checked(key_type_info, name, "key_type_info")
        self._value_type = _checked(value_type_info, name, "value_type_info")
        super().__init__(name, MapTypeInfo(self._key_type, self._value_type))


class ReducingStateDescriptor(StateDescriptor):
    """The combination of all values added, by a function of two values."""

    def __init__(self, name: str, reduce_function: Any, type_info: TypeInformation) -> None:
        from penstock.datastream.functions import ReduceFunction

        super().__init__(name, _checked(type_info, name, "type_info"))
        if not isinstance(reduce_function, ReduceFunction) and not callable(reduce_function):
            raise TypeError(
                f"state {name!r}: reduce_function has to be a ReduceFunction or a function of two values, "
                f"not {reduce_function!r}"
            )
        self._reduce_function = reduce_function

    def get_reduce_function(self) -> ReduceFunction | Any:
        """The function, as it was given."""
        return self._reduce_function


class AggregatingStateDescriptor(StateDescriptor):
    """The aggregate of all values added; `state_type_info` is the accumulator's type."""

    def __init__(self, name: str, agg_function: AggregateFunction, state_type_info: TypeInformation) -> None:
        from penstock.datastream.functions import AggregateFunction

        super().__init__(name, _checked(state_type_info, name, "state_type_info"))
        if not isinstance(agg_function, AggregateFunction):
            raise TypeError(f"state {name!r}: agg_function has to be an AggregateFunction, not {agg_function!r}")
        self._agg_function = agg_function

    def get_agg_function(self) -> AggregateFunction:
        """The function."""
        return self._agg_function


def _checked(type_info: TypeInformation | None, name: str, parameter: str) -> TypeInformation:
    if type_info is None:
        return Types.PICKLED_BYTE_ARRAY()
    if not isinstance(type_info, TypeInformation):
        raise TypeError(f"state {name!r}: {parameter} has to be a type such as Types.LONG(), not {type_info!r}")
    return type_info
