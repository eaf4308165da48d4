"""The classes of a job's script, for pickles that name them."""

from __future__ import annotations

import os
import sys
import traceback
from types import ModuleType
from typing import Any

_NAME = "__mp_main__"
"""The module's own name, so that what a script does `if __name__ == "__main__"` is not done."""


class _Submitted(BaseException):
    """The script would run a job now; all that it has defined before is there."""


def load(path: str) -> None:
    """Run the script up to its first job, which is not run, and let pickles find its classes in `__main__`.

    Raises ValueError with what went wrong in the script.
    """
    from penstock import _compat
    from penstock._build.observers import SUBMISSION_OBSERVERS
    from penstock._runtime.tracebacks import format_user_traceback

    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        raise ValueError(f"the script {path!r} cannot be read: {error.strerror}") from error
    _compat.install()
    SUBMISSION_OBSERVERS.append(_stop)
    module = ModuleType(_NAME)
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = sys.modules[_NAME] = module
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    try:
        exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    except _Submitted:
        pass
    except SystemExit as stop:
        raise ValueError(f"the script {path!r} ended ({stop.code}) when its classes were to be loaded") from stop
    except SyntaxError as error:
        told = "".join(traceback.format_exception_only(error)).rstrip()
        raise ValueError(f"the script {path!r} fails:\n{told}") from error
    except Exception as error:
        raise ValueError(f"the script {path!r} fails:\n{format_user_traceback(error).rstrip()}") from error
    finally:
        SUBMISSION_OBSERVERS.remove(_stop)


def _stop(*_job: Any) -> None:
    raise _Submitted
