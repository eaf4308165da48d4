"""Ready-made answers to whether an asynchronous call is tried again."""

from __future__ import annotations

from typing import Any


def empty_result_predicate(result: list[Any]) -> bool:
    """After a result without records."""
    return result is None or len(result) == 0


def has_exception_predicate(error: Exception | None) -> bool:
    """After any error."""
    return error is not None


def exception_type_predicate(error: Exception, expected_error_type: type[Exception]) -> bool:
    """After an error of this type."""
    return isinstance(error, expected_error_type)
