"""Log lines: one format, on standard error, as many as were asked for."""

from __future__ import annotations

import re

import pytest

from job_scripts import Scripts

TEN = "env.from_collection(list(range(10))).print()\nenv.execute('ten')\n"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (TRACE|DEBUG| INFO| WARN|ERROR) [\w:.]+: .+")


def test_what_a_job_goes_through(scripts: Scripts) -> None:
    outcome = scripts.job(TEN)
    outcome.succeeded()
    lines = outcome.err.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    states = re.findall(r"Job ten \(\w{32}\) switched from state (\w+) to (\w+)\.", outcome.err)
    assert states == [("INITIALIZING", "CREATED"), ("CREATED", "RUNNING"), ("RUNNING", "FINISHED")]
    assert re.search(r"Job \w{32} reached terminal state FINISHED\.", lines[-1])


@pytest.mark.parametrize("level", ["error", "warn", "off"])
def test_fewer_lines(scripts: Scripts, level: str) -> None:
    assert scripts.job(TEN, "--log-level", level).err == ""


def test_more_lines(scripts: Scripts) -> None:
    text = "import logging\nlogging.debug('a detail')\n"
    assert "DEBUG root: a detail" in scripts.job(text, "--log-level", "debug").err
    assert scripts.job(text).err == ""


def test_the_variable(scripts: Scripts) -> None:
    scripts.job(TEN)
    assert scripts.run("run", "job.py", env={"PENSTOCK_LOG": "error"}).err == ""
    shown = scripts.run("run", "--log-level", "info", "job.py", env={"PENSTOCK_LOG": "error"}).err
    assert "reached terminal state" in shown, "the option goes first"


def test_a_filter(scripts: Scripts) -> None:
    shown = scripts.job(TEN, "--log-level", "error,penstock_cluster=info").err
    assert "reached terminal state" in shown


def test_a_wrong_variable(scripts: Scripts) -> None:
    said = scripts.run("run", "job.py", env={"PENSTOCK_LOG": "loud"}).failed(2)
    assert said.startswith("penstock: PENSTOCK_LOG: 'loud' is not a level; levels are ")


LOGGING = """
import logging
def shout(n):
    logging.getLogger("mine").info("number %d", n)
    return n
env.from_collection([1]).map(shout).print()
env.execute()
logging.warning("over")
"""


def test_lines_of_the_script(scripts: Scripts) -> None:
    lines = scripts.job(LOGGING).err.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert [line.split(",")[1][4:] for line in lines if "mine" in line or "root" in line] == [
        " INFO mine: number 1",
        " WARN root: over",
    ]
    assert "number 1" not in scripts.job(LOGGING, "--log-level", "warn").err


def test_the_script_sets_up_its_own_logging(scripts: Scripts) -> None:
    setup = "import logging, sys\nlogging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(message)s')\n"
    outcome = scripts.job(setup + LOGGING)
    assert sorted(outcome.succeeded().splitlines()) == ["1", "number 1", "over"]
    assert "mine" not in outcome.err


def test_plain_python_shows_warnings_alone(scripts: Scripts) -> None:
    scripts.write("import penstock._compat\npenstock._compat.install()\nexec(open('job.py').read())\n", "plain.py")
    scripts.job(TEN)
    started = scripts.start("plain.py", python=True)
    outcome = started.wait()
    assert outcome.succeeded().count("\n") == 10
    assert outcome.err == ""
