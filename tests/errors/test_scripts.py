"""Scripts that cannot be run at all."""

from __future__ import annotations

from job_scripts import Scripts


def test_a_missing_script(scripts: Scripts) -> None:
    outcome = scripts.run("run", "no_such_job.py")
    assert outcome.failed(2) == "penstock: the script 'no_such_job.py' does not exist\n"


def test_a_folder_in_place_of_a_script(scripts: Scripts) -> None:
    assert "'.' is a folder" in scripts.run("run", ".").failed(2)


def test_a_syntax_error(scripts: Scripts) -> None:
    scripts.write("x = 1\nprint('before')\nenv.execute(\n")
    outcome = scripts.run("run", "job.py")
    said = outcome.failed()
    assert 'File "job.py", line 3' in said and "SyntaxError" in said
    assert outcome.out == "", "nothing of it was run"
    assert "penstock" not in said


def test_an_error_in_the_script(scripts: Scripts) -> None:
    said = scripts.job("env.no_such_method()\n").failed()
    assert said.startswith("Traceback") and 'File "job.py", line 5, in <module>' in said
    assert "no_such_method" in said
    assert "penstock/" not in said, "frames of the package are left out"


def test_an_unknown_flag(scripts: Scripts) -> None:
    scripts.write("print('ran')")
    outcome = scripts.run("run", "--paralelism", "2", "job.py")
    assert "unrecognized arguments: --paralelism" in outcome.failed(2)
    assert outcome.out == ""


def test_a_flag_without_its_value(scripts: Scripts) -> None:
    assert "argument -p/--parallelism: expected one argument" in scripts.run("run", "-p").failed(2)


def test_wrong_values_of_flags(scripts: Scripts) -> None:
    scripts.write("print('ran')")
    for flags, message in {
        ("-p", "0"): "-p takes a number of at least 1, not 0",
        ("-p", "two"): "argument -p/--parallelism: invalid int value: 'two'",
        ("-D", "parallelism.default"): "-D takes KEY=VALUE, not 'parallelism.default'",
        ("--log-level", "verbose"): "--log-level: 'verbose' is not a level; levels are trace, debug, info",
        ("-t", "yarn-session"): "-t yarn-session: only 'local' is there yet",
    }.items():
        outcome = scripts.run("run", *flags, "job.py")
        assert message in outcome.failed(2)
        assert outcome.out == ""


def test_no_script(scripts: Scripts) -> None:
    assert "which script? penstock run job.py" in scripts.run("run").failed(2)
    assert "which script? penstock run job.py" in scripts.run().failed(2)


def test_nothing_to_execute(scripts: Scripts) -> None:
    assert "No operators defined in streaming topology" in scripts.job("env.execute()\n").failed()


def test_what_is_not_there_yet_says_so(scripts: Scripts) -> None:
    said = scripts.job("""
        from pyflink.table import StreamTableEnvironment
        StreamTableEnvironment.create(env)
    """).failed()
    assert "table.StreamTableEnvironment.create is not in Penstock yet (called at job.py:6)" in said
