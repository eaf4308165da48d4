"""What all functions have in common, and what they see of the job."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.datastream.distributed_cache import DistributedCache
    from penstock.datastream.state import (
        AggregatingState,
        AggregatingStateDescriptor,
        ListState,
        ListStateDescriptor,
        MapState,
        MapStateDescriptor,
        ReducingState,
        ReducingStateDescriptor,
        ValueState,
        ValueStateDescriptor,
    )
    from penstock.metrics import MetricGroup


class KeyedStateStore(ABC):
    """Hands out the state of the current key. Only functions on a keyed stream have it."""

    @abstractmethod
    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """A single value."""

    @abstractmethod
    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list of values."""

    @abstractmethod
    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """Values by keys of their own."""

    @abstractmethod
    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """The combination of all values added."""

    @abstractmethod
    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> AggregatingState[Any, Any]:
        """The aggregate of all values added."""


class RuntimeContext(KeyedStateStore):
    """What a function sees of its subtask, in `open`."""

    @abstractmethod
    def get_task_name(self) -> str:
        """Name of the task."""

    @abstractmethod
    def get_number_of_parallel_subtasks(self) -> int:
        """How many subtasks run the function."""

    @abstractmethod
    def get_max_number_of_parallel_subtasks(self) -> int:
        """How many key groups the operator has."""

    @abstractmethod
    def get_index_of_this_subtask(self) -> int:
        """Which of them this is, from 0."""

    @abstractmethod
    def get_attempt_number(self) -> int:
        """How often the subtask was started before."""

    @abstractmethod
    def get_task_name_with_subtasks(self) -> str:
        """Name of the task, index of the subtask (from 1) and their number: `Map (1/4)#0`."""

    @abstractmethod
    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A parameter of `env.get_config().set_global_job_parameters(...)`."""

    @abstractmethod
    def get_metrics_group(self) -> MetricGroup:
        """Where the function makes metrics of its own."""

    @abstractmethod
    def get_distributed_cache(self) -> DistributedCache:
        """The files of `env.register_cached_file(...)`. Not in PyFlink, whose functions cannot ask for them."""


class Function(ABC):
    """What a job calls. An object of it is pickled with the job; every subtask has its own copy."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once before the first record: the place for state and connections."""

    def close(self) -> None:
        """Called once after the last record."""
