"""config.yaml, -D and the script: which one counts."""

from __future__ import annotations

import pytest

from job_scripts import Scripts

SHOW = """
from pyflink.datastream import StreamExecutionEnvironment
env = StreamExecutionEnvironment.get_execution_environment()
print(env.get_parallelism(), env.get_max_parallelism())
"""
FILE = """
parallelism:
  default: 4   # nested
pipeline.max-parallelism: 64
"""


@pytest.fixture(params=["PENSTOCK_CONF_DIR", "FLINK_CONF_DIR"])
def variable(request: pytest.FixtureRequest) -> str:
    """The variables that can name the folder of config.yaml."""
    name: str = request.param
    return name


def test_the_file_counts(scripts: Scripts, variable: str) -> None:
    scripts.write(SHOW)
    scripts.write(FILE, "conf/config.yaml")
    assert scripts.run("run", "job.py", env={variable: "conf"}).succeeded() == "4 64\n"


def test_options_are_laid_over_the_file(scripts: Scripts, variable: str) -> None:
    scripts.write(SHOW)
    scripts.write(FILE, "conf/config.yaml")
    assert scripts.run("run", "-p", "2", "job.py", env={variable: "conf"}).succeeded() == "2 64\n"


def test_our_variable_goes_first(scripts: Scripts) -> None:
    scripts.write(SHOW)
    scripts.write("parallelism.default: 2\n", "ours/config.yaml")
    scripts.write("parallelism.default: 3\n", "theirs/config.yaml")
    outcome = scripts.run("run", "job.py", env={"PENSTOCK_CONF_DIR": "ours", "FLINK_CONF_DIR": "theirs"})
    assert outcome.succeeded().startswith("2 ")


def test_a_wrong_file(scripts: Scripts, variable: str) -> None:
    scripts.write(SHOW)
    scripts.write("parallelism.default: 2\nparallelism:\n  default: 3\n", "conf/config.yaml")
    outcome = scripts.run("run", "job.py", env={variable: "conf"})
    said = outcome.failed(2)
    assert said.startswith("penstock: conf/config.yaml") and "line 3" in said and "given twice" in said
    assert outcome.out == ""


def test_a_missing_file(scripts: Scripts, variable: str) -> None:
    scripts.write(SHOW)
    said = scripts.run("run", "job.py", env={variable: "nowhere"}).failed(2)
    assert said == f"penstock: {variable}: nowhere/config.yaml: No such file or directory\n"
