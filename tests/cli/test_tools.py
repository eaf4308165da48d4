"""Debuggers, coverage and profilers see user functions, whose threads are Python's own."""

from __future__ import annotations

import re
import subprocess
import sys

from job_scripts import ENVIRONMENT, Scripts

THREADS = """
import threading
def who(n):
    thread = threading.current_thread()
    return f"{isinstance(thread, threading.Thread)} {thread.name}"
env.from_collection([1]).map(who).name("asks").print()
env.execute()
"""


def test_threads_are_named_after_their_operators(scripts: Scripts) -> None:
    out = scripts.job(THREADS).succeeded()
    assert out.startswith("True ") and "asks" in out


def test_tracing_reaches_user_functions(scripts: Scripts) -> None:
    text = """
        import sys, threading
        lines = []
        def trace(frame, event, argument):
            if frame.f_code.co_name == "work" and event == "line":
                lines.append(frame.f_lineno)
            return trace
        threading.settrace(trace)
        def work(n):
            doubled = 2 * n
            return doubled
        env.from_collection([1, 2]).map(work).print()
        env.execute()
        print(lines)
    """
    assert scripts.job(text).succeeded() == "2\n4\n[13, 14, 13, 14]\n"


def test_profiling_reaches_user_functions(scripts: Scripts) -> None:
    text = """
        import threading
        calls = []
        threading.setprofile(lambda frame, event, _: calls.append(event) if frame.f_code.co_name == "work" else None)
        def work(n):
            return n
        env.from_collection([1]).map(work).print()
        env.execute()
        print(calls)
    """
    assert scripts.job(text).succeeded() == "1\n['call', 'return']\n"


def test_breakpoint_in_a_function(scripts: Scripts) -> None:
    text = """
        def work(n):
            doubled = 2 * n
            breakpoint()
            return doubled
        env.from_collection([21]).map(work).print()
        env.execute()
    """
    scripts.write(ENVIRONMENT + text.replace("\n        ", "\n"))
    done = subprocess.run(
        [sys.executable, "-m", "penstock", "job.py"],
        cwd=scripts.folder,
        input="p doubled\nc\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "(Pdb) 42" in done.stdout
    assert re.search(r"job.py\(\d+\)work\(\)", done.stdout), "it stopped in the user's line"
    assert done.stdout.splitlines()[-1].endswith("42")


def test_a_job_under_a_tracing_runner(scripts: Scripts) -> None:
    """Tools such as coverage run the command inside themselves, and go on when it has ended."""
    scripts.write(ENVIRONMENT + "env.from_collection([1]).map(lambda n: n).print()\nenv.execute()\n")
    runner = """
        import atexit, runpy, sys
        sys.argv = ["penstock", "job.py"]
        atexit.register(lambda: print("at exit"))
        try:
            runpy.run_module("penstock", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            print("ended", end.code)
    """
    scripts.write(runner, "runner.py")
    assert scripts.start("runner.py", python=True).wait().succeeded() == "1\nended 0\nat exit\n"
