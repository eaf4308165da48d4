"""`penstock run`: its options, what the script sees, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from job_scripts import Scripts

TEN = """
env.from_collection(list(range(10)), Types.INT()).map(lambda n: n * n, Types.INT()).print()
env.execute()
"""

ARGUMENTS = "import sys\nprint(sys.argv)\n"


def test_a_job(scripts: Scripts) -> None:
    assert scripts.job(TEN).succeeded().split() == [str(n * n) for n in range(10)]


def test_it_starts_fast(scripts: Scripts) -> None:
    scripts.job(TEN)
    assert min(scripts.job(TEN).seconds for _ in range(3)) < 1.5, "0.5 s on an idle machine"


def test_without_the_command(scripts: Scripts) -> None:
    scripts.write(ARGUMENTS)
    assert scripts.run("job.py", "a").succeeded() == "['job.py', 'a']\n"
    assert scripts.run("-p", "2", "job.py").succeeded() == "['job.py']\n"


def test_the_installed_command(scripts: Scripts) -> None:
    command = Path(sys.executable).with_name("penstock")
    if not command.exists():
        pytest.skip("the package is not installed in this environment")
    scripts.write(ARGUMENTS)
    done = subprocess.run([command, "run", "job.py", "x"], cwd=scripts.folder, capture_output=True, text=True)
    assert done.stdout == "['job.py', 'x']\n"


@pytest.mark.parametrize(
    "arguments", [["a", "b c"], ["-p", "3"], ["--log-level", "x", "-D"], ["--", "-x"], ["--help"], ["-"]], ids=" ".join
)
def test_arguments_are_the_scripts_own(scripts: Scripts, arguments: list[str]) -> None:
    scripts.write(ARGUMENTS)
    assert scripts.run("run", "-p", "2", "job.py", *arguments).succeeded() == f"{['job.py', *arguments]}\n"


def test_a_script_named_by_an_option(scripts: Scripts) -> None:
    scripts.write(ARGUMENTS)
    assert scripts.run("run", "-py", "job.py", "a", "-b").succeeded() == "['job.py', 'a', '-b']\n"
    assert scripts.run("run", "--python", "job.py", "--", "-b").succeeded() == "['job.py', '-b']\n"


def test_a_module(scripts: Scripts) -> None:
    scripts.write("", "jobs/__init__.py")
    scripts.write("import sys\nprint(__name__, sys.argv[1:])\n", "jobs/daily.py")
    assert scripts.run("run", "-pym", "jobs.daily", "-x", "1").succeeded() == "__main__ ['-x', '1']\n"


def test_a_module_that_does_not_exist(scripts: Scripts) -> None:
    for name in ("no_such_module", "no_such_package.jobs"):
        assert scripts.run("run", "-pym", name).failed(2) == f"penstock: there is no module {name!r}\n"


def test_python_files(scripts: Scripts) -> None:
    scripts.write("FACTOR = 3\n", "lib/factors.py")
    scripts.write("OFFSET = 1\n", "more/offsets.py")
    text = """
        import factors, offsets
        env.from_collection([1, 2]).map(lambda n: n * factors.FACTOR + offsets.OFFSET).print()
        env.execute()
    """
    assert scripts.job(text, "-pyfs", "lib,more/offsets.py").succeeded() == "4\n7\n"


def test_modules_beside_the_script(scripts: Scripts) -> None:
    scripts.write("def double(n): return 2 * n\n", "helpers.py")
    text = "import helpers\nenv.from_collection([1, 2]).map(helpers.double).print()\nenv.execute()\n"
    assert scripts.job(text).succeeded() == "2\n4\n"


PARALLELISM = "print(env.get_parallelism())\n"


def test_parallelism(scripts: Scripts) -> None:
    assert scripts.job(PARALLELISM).succeeded() == "1\n"
    assert scripts.job(PARALLELISM, "-p", "3").succeeded() == "3\n"
    assert scripts.job(PARALLELISM, "--parallelism=4").succeeded() == "4\n"
    assert scripts.job(PARALLELISM, "-D", "parallelism.default=5").succeeded() == "5\n"
    assert scripts.job("env.set_parallelism(2)\n" + PARALLELISM, "-p", "3").succeeded() == "2\n", "the script wins"


def test_options_reach_the_job(scripts: Scripts) -> None:
    text = """
        class Shows(MapFunction):
            def open(self, context):
                self.subtasks = context.get_number_of_parallel_subtasks()
            def map(self, value):
                return self.subtasks
        env.from_collection([1]).map(Shows()).print()
        env.execute()
    """
    assert scripts.job(text, "-D", "parallelism.default=2").succeeded().endswith("> 2\n")


def test_an_option_that_contains_an_equals_sign(scripts: Scripts) -> None:
    text = "print(env._config.get_string('python.x', ''))\n"
    assert scripts.job(text, "-D", "python.x = a=b").succeeded() == "a=b\n"


def test_detached_is_accepted(scripts: Scripts) -> None:
    assert scripts.job(TEN, "-d").succeeded().count("\n") == 10


def test_java_only_options_are_accepted(scripts: Scripts) -> None:
    outcome = scripts.job(TEN, "-j", "kafka.jar", "-C", "file:///lib.jar", "-c", "org.Main", "-t", "local")
    outcome.succeeded()
    assert "-j, -C, -c: not needed" in outcome.err


def test_the_name_of_the_script_is_main(scripts: Scripts) -> None:
    text = """
        import pathlib, sys
        class Point:
            pass
        print(__name__, __file__, pathlib.Path(sys.path[0]).samefile("."), Point.__module__)
    """
    assert scripts.job(text).succeeded() == "__main__ job.py True __main__\n"


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(7)", 7, ""),
        ("sys.exit('gave up')", 1, "gave up\n"),
        ("raise KeyboardInterrupt", 130, ""),
    ],
)
def test_exit_statuses(scripts: Scripts, ending: str, code: int, said: str) -> None:
    scripts.write(f"import sys\n{ending}\n")
    outcome = scripts.run("run", "job.py")
    assert (outcome.code, outcome.err) == (code, said)


def test_jobs_that_run_on_are_waited_for(scripts: Scripts) -> None:
    text = """
        import sys, time
        def slow(n):
            time.sleep(0.3)
            return n
        env.from_collection([1, 2]).map(slow).print()
        env.execute_async()
        print("submitted", flush=True)
        sys.exit(0)
    """
    assert scripts.job(text).succeeded() == "submitted\n1\n2\n"


def test_a_job_that_fails_after_the_script_has_ended(scripts: Scripts) -> None:
    outcome = scripts.job("""
        import time
        def fail(n):
            time.sleep(0.3)
            raise ValueError("late")
        env.from_collection([1]).map(fail).print()
        env.execute_async()
    """)
    assert "ValueError: late" in outcome.failed()


def test_several_jobs_in_one_script(scripts: Scripts) -> None:
    assert scripts.job(TEN + TEN).succeeded().count("\n") == 20


def test_print_of_functions_reaches_the_terminal(scripts: Scripts) -> None:
    text = """
        def shout(n):
            print("function", n)
            return n
        env.from_collection([1]).map(shout).print()
        env.execute()
        print("script")
    """
    assert sorted(scripts.job(text).succeeded().splitlines()) == ["1", "function 1", "script"]


def test_a_savepoint_that_does_not_exist(scripts: Scripts) -> None:
    outcome = scripts.job(TEN, "-s", "/no/such/savepoint")
    assert "/no/such/savepoint" in outcome.failed()
    assert outcome.out == ""


def test_help(scripts: Scripts) -> None:
    assert "penstock run" in scripts.run("--help").succeeded()
    out = scripts.run("run", "--help").succeeded()
    assert "--parallelism" in out and "--fromSavepoint" in out
    version = json.loads(scripts.run("--version").succeeded().strip().join('""'))
    assert version.count(".") == 2
