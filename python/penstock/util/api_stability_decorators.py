"""Decorators that say how stable a part of an API is."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class BaseAPIStabilityDecorator:
    """Adds a note to the docstring of what it decorates."""

    _note = ""

    def get_directive(self, func_or_cls: Any) -> str:
        """The note."""
        return self._note

    def __call__(self, func_or_cls: T) -> T:
        note = self.get_directive(func_or_cls)
        func_or_cls.__doc__ = f"{func_or_cls.__doc__ or ''}\n\n{note}".strip()
        return func_or_cls


class Public(BaseAPIStabilityDecorator):
    """Stays over major versions."""

    _note = ".. note:: public: stays over major versions"


class PublicEvolving(BaseAPIStabilityDecorator):
    """May change in a minor version."""

    _note = ".. note:: public: may change in a minor version"


class Experimental(BaseAPIStabilityDecorator):
    """May change at any time."""

    _note = ".. warning:: experimental: may change at any time"


class Internal(BaseAPIStabilityDecorator):
    """Not for scripts."""

    _note = ".. caution:: internal: not for scripts"


class Deprecated(BaseAPIStabilityDecorator):
    """Will go; `detail` says what to use instead."""

    def __init__(self, since: str, detail: str | None = None) -> None:
        self.since = since
        self.detail = detail

    def get_directive(self, func_or_cls: Any) -> str:
        """The note, with the version and what to use instead."""
        return f".. deprecated:: {self.since}" + (f" {self.detail}" if self.detail else "")
