"""One window for all records."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from penstock.common.serializer import TypeSerializer
from penstock.datastream.window.assigner import WindowAssigner
from penstock.datastream.window.serializers import GlobalWindowSerializer
from penstock.datastream.window.trigger import Trigger, TriggerResult
from penstock.datastream.window.windows import GlobalWindow

T = TypeVar("T")


class GlobalWindows(WindowAssigner[T, GlobalWindow]):
    """One window for all records of a key. It never ends, so a trigger has to say when results come."""

    def __init__(self) -> None:
        super().__init__()

    @staticmethod
    def create() -> GlobalWindows[Any]:
        """The assigner."""
        return GlobalWindows()

    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[GlobalWindow]:
        """The window."""
        return [GlobalWindow()]

    def get_default_trigger(self, env: Any) -> Trigger[T, GlobalWindow]:
        """One that never fires."""
        return NeverTrigger()

    def get_window_serializer(self) -> TypeSerializer[GlobalWindow]:
        """How the window becomes bytes."""
        return GlobalWindowSerializer()

    def is_event_time(self) -> bool:
        """No."""
        return False

    def __repr__(self) -> str:
        return "GlobalWindows()"

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "global"}


class NeverTrigger(Trigger[T, GlobalWindow]):
    """Never fires."""

    def on_element(
        self, element: T, timestamp: int, window: GlobalWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_processing_time(self, time: int, window: GlobalWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: GlobalWindow, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Nothing."""
        return TriggerResult.CONTINUE

    def on_merge(self, window: GlobalWindow, ctx: Trigger.OnMergeContext) -> None:
        """Nothing."""

    def clear(self, window: GlobalWindow, ctx: Trigger.TriggerContext) -> None:
        """Nothing."""

    def _to_json(self) -> dict[str, Any]:
        return {"kind": "never"}
