"""The runtime context that functions see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock._build.operators import type_json
from penstock._runtime.combining_state import AggregatingValueState, ReducingValueState
from penstock._runtime.loading import CACHED_FILES
from penstock._runtime.metric_groups import NativeMetricGroup
from penstock.common.typeinfo import TypeInformation
from penstock.datastream.distributed_cache import DistributedCache
from penstock.datastream.functions import RuntimeContext
from penstock.datastream.state import (
    AggregatingState,
    AggregatingStateDescriptor,
    ListState,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingState,
    ReducingStateDescriptor,
    StateDescriptor,
    ValueState,
    ValueStateDescriptor,
)
from penstock.metrics import MetricGroup

if TYPE_CHECKING:
    from penstock._native import OperatorContext


def make_runtime_context(native: OperatorContext, functions: Mapping[str, Any] | None = None) -> RuntimeContext:
    """The context of one operator subtask. `functions` are what the job has loaded, with its files among them."""
    return NativeRuntimeContext(native, (functions or {}).get(CACHED_FILES, {}))


class NativeRuntimeContext(RuntimeContext):
    """A runtime context over the engine's."""

    def __init__(self, native: OperatorContext, files: Mapping[str, str]) -> None:
        self._native = native
        self._files = files

    def get_task_name(self) -> str:
        """Name of the task."""
        return self._native.task_name

    def get_task_name_with_subtasks(self) -> str:
        """Name of the task, index of the subtask and their number."""
        return self._native.task_name_with_subtasks

    def get_number_of_parallel_subtasks(self) -> int:
        """How many subtasks run the function."""
        return self._native.number_of_parallel_subtasks

    def get_max_number_of_parallel_subtasks(self) -> int:
        """How many key groups the operator has."""
        return self._native.max_number_of_parallel_subtasks

    def get_index_of_this_subtask(self) -> int:
        """Which of them this is, from 0."""
        return self._native.index_of_this_subtask

    def get_attempt_number(self) -> int:
        """How often the subtask was started before."""
        return self._native.attempt_number

    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A parameter that the job has for all functions."""
        return self._native.job_parameters.get(key, default_value)

    def get_metrics_group(self) -> MetricGroup:
        """Where the function makes metrics of its own."""
        return NativeMetricGroup(self._native, [])

    def get_distributed_cache(self) -> DistributedCache:
        """The files that the script has registered."""
        return DistributedCache(self._files)

    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """A single value of the current key."""
        _check(state_descriptor, ValueStateDescriptor, "get_state")
        state: ValueState[Any] = _as(ValueState, self._value_state(state_descriptor))
        return state

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list of values of the current key."""
        _check(state_descriptor, ListStateDescriptor, "get_list_state")
        element = _type(state_descriptor._element_type)
        state: ListState[Any] = _as(
            ListState, self._native.list_state(state_descriptor.name, element, _ttl(state_descriptor))
        )
        return state

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """Values by keys of their own, of the current key."""
        _check(state_descriptor, MapStateDescriptor, "get_map_state")
        key, value = _type(state_descriptor._key_type), _type(state_descriptor._value_type)
        state: MapState[Any, Any] = _as(
            MapState, self._native.map_state(state_descriptor.name, key, value, _ttl(state_descriptor))
        )
        return state

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """The combination of all values added to the current key."""
        _check(state_descriptor, ReducingStateDescriptor, "get_reducing_state")
        return ReducingValueState(self._value_state(state_descriptor), state_descriptor.get_reduce_function())

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> AggregatingState[Any, Any]:
        """The aggregate of all values added to the current key."""
        _check(state_descriptor, AggregatingStateDescriptor, "get_aggregating_state")
        return AggregatingValueState(self._value_state(state_descriptor), state_descriptor.get_agg_function())

    def _value_state(self, descriptor: StateDescriptor) -> Any:
        return self._native.value_state(descriptor.name, _type(descriptor.type_info), _ttl(descriptor))


def _check(descriptor: Any, kind: type, method: str) -> None:
    if not isinstance(descriptor, kind):
        raise TypeError(f"{method} takes a {kind.__name__}, not {descriptor!r}")


def _as(kind: Any, state: Any) -> Any:
    """The engine's state, known to `isinstance` as what it is for the script."""
    if not isinstance(state, kind):
        kind.register(type(state))
    return state


def _type(type_info: TypeInformation) -> str | None:
    described = type_json(type_info)
    return None if described is None else json.dumps(described)


def _ttl(descriptor: StateDescriptor) -> str | None:
    config = descriptor._ttl_config
    return None if config is None or not config.is_enabled() else json.dumps(config._to_json())
