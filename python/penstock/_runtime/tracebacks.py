"""Tracebacks as users read them: their own files and lines."""

from __future__ import annotations

import os
import traceback

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STARTERS = ("<frozen runpy>", "<frozen importlib")


def format_user_traceback(error: BaseException) -> str:
    """The traceback of an exception, and of those that led to it, without the frames of this package."""
    report = traceback.TracebackException.from_exception(error)
    _strip(report, set())
    return "".join(report.format())


def _strip(report: traceback.TracebackException | None, seen: set[int]) -> None:
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    kept = [frame for frame in report.stack if not _is_ours(frame)]
    # An error of the package itself keeps its frames: they are all there is.
    if kept:
        report.stack = traceback.StackSummary.from_list(kept)
    _strip(report.__cause__, seen)
    _strip(report.__context__, seen)
    for part in getattr(report, "exceptions", None) or ():
        _strip(part, seen)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith((_PACKAGE, *_STARTERS))
