"""Metric groups over the engine's metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock.metrics import Counter, Distribution, Meter, MetricGroup

if TYPE_CHECKING:
    from penstock._native import OperatorContext


class NativeMetricGroup(MetricGroup):
    """A group of an operator's metrics; `groups` are the names given to `add_group` on the way here."""

    def __init__(self, native: OperatorContext, groups: list[str]) -> None:
        self._native = native
        self._groups = groups

    def add_group(self, name: str, extra: str | None = None) -> MetricGroup:
        """A group in this group; with `extra`, a group of a key and its value."""
        return NativeMetricGroup(self._native, [*self._groups, name, *([] if extra is None else [extra])])

    def counter(self, name: str) -> Counter:
        """Make a counter."""
        metric: Counter = _as(Counter, self._native.counter(self._groups, name))
        return metric

    def gauge(self, name: str, obj: Callable[[], int]) -> None:
        """Make a metric whose value is what the function returns when it is looked at."""
        if not callable(obj):
            raise TypeError(f"gauge({name!r}, ...) takes a function without parameters, not {obj!r}")
        self._native.gauge(self._groups, name, obj)

    def meter(self, name: str, time_span_in_seconds: int = 60) -> Meter:
        """Make a meter."""
        metric: Meter = _as(Meter, self._native.meter(self._groups, name))
        return metric

    def distribution(self, name: str) -> Distribution:
        """Make a distribution."""
        metric: Distribution = _as(Distribution, self._native.distribution(self._groups, name))
        return metric


def _as(kind: Any, metric: Any) -> Any:
    """The engine's metric, known to `isinstance` as what it is for the script."""
    if not isinstance(metric, kind):
        kind.register(type(metric))
    return metric
