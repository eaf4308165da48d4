"""What assigns windows to records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from penstock.common.serializer import TypeSerializer
from penstock.datastream.functions import RuntimeContext

if TYPE_CHECKING:
    from penstock.datastream.window.trigger import Trigger

T = TypeVar("T")
W = TypeVar("W")
W2 = TypeVar("W2")


class WindowAssigner(ABC, Generic[T, W]):
    """Says which windows a record belongs to. A script may make one of its own."""

    class WindowAssignerContext(ABC):
        """What an assigner sees beside the record."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The machine's clock in milliseconds."""

        @abstractmethod
        def get_runtime_context(self) -> RuntimeContext:
            """The subtask, and state of the record's key."""

    @abstractmethod
    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[W]:
        """The windows of a record with this event time."""

    @abstractmethod
    def get_default_trigger(self, env: Any) -> Trigger[T, W]:
        """The trigger where the script names none."""

    @abstractmethod
    def get_window_serializer(self) -> TypeSerializer[W]:
        """How the windows become bytes."""

    @abstractmethod
    def is_event_time(self) -> bool:
        """Whether windows end by the watermark, and not by the machine's clock."""

    def _to_json(self) -> dict[str, Any] | None:
        """The engine's form; None where the engine has to ask this object."""
        return None


class MergingWindowAssigner(WindowAssigner[T, W]):
    """An assigner whose windows may become one."""

    class MergeCallback(ABC, Generic[W2]):
        """Is told which windows become one."""

        @abstractmethod
        def merge(self, to_be_merged: Iterable[W2], merge_result: W2) -> None:
            """These windows become that one."""

    @abstractmethod
    def merge_windows(self, windows: Iterable[W], callback: MergingWindowAssigner.MergeCallback[W]) -> None:
        """Call `callback.merge` for each group of windows that become one."""


def assigner_json(assigner: WindowAssigner[Any, Any]) -> dict[str, Any]:
    """The engine's form of an assigner; a subclass of a built-in one is the user's own."""
    if type(assigner).__module__.startswith("penstock.datastream.window."):
        known = assigner._to_json()
        if known is not None:
            return known
    merging = isinstance(assigner, MergingWindowAssigner)
    return {"kind": "custom", "event_time": bool(assigner.is_event_time()), "merging": merging}
