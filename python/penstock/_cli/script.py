"""Running a script as `__main__`, and showing what goes wrong in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType

from penstock._cli.watching import inside
from penstock.util.exceptions import JobExecutionException

FAILED = 1
WRONG_CALL = 2
INTERRUPTED = 130


def run(path: str | None, module: str | None, arguments: list[str]) -> int:
    """Run a script or a module with these arguments, and the jobs that it leaves running; the exit status."""

    def call() -> None:
        if module is not None:
            _run_module(module, arguments)
        elif path is not None:
            _run_file(path, arguments)

    return _status_of(call) or _status_of(_wait_for_detached)


def _status_of(call: Callable[[], None]) -> int:
    try:
        call()
    except SystemExit as stop:
        return _status(stop)
    except inside.Described:
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except JobExecutionException as error:
        print(error, file=sys.stderr)
        return FAILED
    except BaseException as error:
        _show(error)
        return FAILED
    return 0


def _status(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    print(stop.code, file=sys.stderr)
    return FAILED


def _show(error: BaseException) -> None:
    from penstock._runtime.tracebacks import format_user_traceback

    print(format_user_traceback(error).rstrip(), file=sys.stderr)


def _run_module(module: str, arguments: list[str]) -> None:
    import importlib.util
    import runpy

    sys.argv = [module, *arguments]
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        found = None
    if found is None:
        print(f"penstock: there is no module {module!r}", file=sys.stderr)
        raise SystemExit(WRONG_CALL)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _run_file(path: str, arguments: list[str]) -> None:
    source = inside.source()
    if source is not None:
        # Watched: its text is that which was looked at, whatever the file has become since; tracebacks name the file.
        path = os.path.join(path, os.path.basename(source)) if os.path.isdir(path) else path
    elif not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        print(f"penstock: the script {path!r} {what}", file=sys.stderr)
        raise SystemExit(WRONG_CALL)
    code = _compiled(path, source or path)
    # The module stays `__main__` as long as the process lives: pickles find the script's classes in it by name.
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv = [path, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    if source is not None:
        sys.path.insert(0, os.path.dirname(source))
    exec(code, main.__dict__)


def _compiled(path: str, text_in: str) -> CodeType:
    with open(text_in, "rb") as file:
        source = file.read()
    try:
        return compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        import traceback

        print("".join(traceback.format_exception_only(error)).rstrip(), file=sys.stderr)
        raise SystemExit(FAILED) from None


def _wait_for_detached() -> None:
    """The cluster lives in this process, so it stays for the jobs of `execute_async`."""
    from penstock._build import engine, running

    for job in running.still_detached():
        engine.wait(job)
