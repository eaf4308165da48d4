"""Running a script as `__main__`, and showing what goes wrong in it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import CodeType, ModuleType

from penstock._runtime.tracebacks import format_user_traceback
from penstock.util.exceptions import JobExecutionException

FAILED = 1
WRONG_CALL = 2
INTERRUPTED = 130


def run(path: str | None, module: str | None, arguments: list[str]) -> int:
    """Run a script or a module with these arguments; the exit status."""
    try:
        if module is not None:
            sys.argv = [module, *arguments]
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        elif path is not None:
            _run_file(Path(path), arguments)
    except SystemExit as stop:
        return _status(stop)
    except KeyboardInterrupt:
        return INTERRUPTED
    except JobExecutionException as error:
        print(error, file=sys.stderr)
        return FAILED
    except BaseException as error:
        print(format_user_traceback(error).rstrip(), file=sys.stderr)
        return FAILED
    return 0


def _status(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    print(stop.code, file=sys.stderr)
    return FAILED


def _run_file(path: Path, arguments: list[str]) -> None:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        print(f"penstock: the script {str(path)!r} {what}", file=sys.stderr)
        raise SystemExit(WRONG_CALL)
    code = _compiled(path)
    # The module stays `__main__` as long as the process lives: pickles find the script's classes in it by name.
    main = ModuleType("__main__")
    main.__dict__.update(__file__=str(path), __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    exec(code, main.__dict__)


def _compiled(path: Path) -> CodeType:
    try:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        print(format_user_traceback(error).rstrip(), file=sys.stderr)
        raise SystemExit(FAILED) from None
