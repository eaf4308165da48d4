"""All of PyFlink 2.3 is here but for what is excluded, and a test executes each name."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from conformance_cases import SCRIPTS

from api_trace.plugin import choose
from penstock._cli import api
from penstock._cli.coverage import compare, excluded, facts, report
from penstock._cli.coverage.facts import Name

ROOT = Path(__file__).resolve().parents[2]
NAMES = facts.names()
EXPORTED = facts.exported()

# What Flink 1.17 to 1.20 had and 2.x has not.
REMOVED = [
    "common.ExecutionMode.PIPELINED_FORCED",
    "common.RestartStrategies.failure_rate_restart",
    "common.execution_config.ExecutionConfig.register_kryo_type",
    "common.execution_config.ExecutionConfig.set_default_input_dependency_constraint",
    "common.execution_config.ExecutionConfig.set_restart_strategy",
    "datastream.FsStateBackend",
    "datastream.MemoryStateBackend.DEFAULT_MAX_STATE_SIZE",
    "datastream.RocksDBStateBackend.get_number_of_transfering_threads",
    "datastream.StreamExecutionEnvironment.get_state_backend",
    "datastream.StreamExecutionEnvironment.read_text_file",
    "datastream.StreamExecutionEnvironment.register_type",
    "datastream.StreamExecutionEnvironment.set_restart_strategy",
    "datastream.StreamExecutionEnvironment.set_stream_time_characteristic",
    "datastream.TimeCharacteristic.EventTime",
    "datastream.checkpoint_config.CheckpointConfig.enable_externalized_checkpoints",
    "datastream.checkpoint_config.CheckpointConfig.set_checkpoint_storage_dir",
    "datastream.checkpoint_config.ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION",
]


@pytest.mark.parametrize("module", EXPORTED)
def test_modules(module: str) -> None:
    own = importlib.import_module(module.replace("pyflink", "penstock", 1))
    assert [name for name in EXPORTED[module] if not hasattr(own, name)] == []


def test_nothing_is_missing_and_all_is_executed() -> None:
    """Where this names what no test executes: `make api` writes down what a new test does."""
    assert report.total(report.modules()).missing == []


def test_what_is_beside_the_three_packages() -> None:
    # Every exception has it from CPython 3.11 on.
    unknown = set() if hasattr(BaseException, "add_note") else {"add_note"}
    beside = [name for name in NAMES if not name.module.startswith(report.PACKAGES)]
    beside = [name for name in beside if name.path.rpartition(".")[2] not in unknown]
    assert [(name.path, words) for name in beside if (words := compare.difference(name))] == []


def test_exclusions_are_needed() -> None:
    executed = report.executed()
    for pattern in (pattern for patterns in excluded.REASONS.values() for pattern in patterns):
        matching = [name for name in NAMES if excluded.matches(name.path, pattern)]
        assert any(name.path not in executed for name in matching), f"{pattern} excludes nothing that is missing"


def test_what_stands_for_java_says_so() -> None:
    java = next(iter(excluded.REASONS))
    left_out = [name for name in NAMES if excluded.reason(name.path) == java]
    differences = {name.path: compare.difference(name) for name in left_out}
    silent = [path for path, words in differences.items() if words != compare.NOT_THERE and "JVM" not in (words or "")]
    assert len(left_out) > 20 and silent == []


def test_the_tests_that_execute_names_are_there() -> None:
    for test in set(report.executed().values()):
        file, _, function = test.partition("::")
        function, _, case = function.partition("[")
        assert f"def {function.rpartition('::')[2]}(" in (ROOT / file).read_text(encoding="utf-8"), test
        if file.endswith("test_conformance.py"):
            assert (SCRIPTS / f"{case.removesuffix(']').rpartition('-as-')[0]}.py").exists(), test


def test_differences_are_told() -> None:
    module = "pyflink.common.time"
    assert compare.difference(Name(f"{module}.Duration.of_days", module, ("days",))) is None
    told = compare.difference(Name(f"{module}.Duration.of_days", module, ("days", "hours=0")))
    assert told == "has the parameters (days), PyFlink's are (days, hours=0)"
    assert compare.difference(Name(f"{module}.Duration.of_eons", module, ())) == compare.NOT_THERE


def test_few_tests_are_chosen_and_kept() -> None:
    found = {"small": {"a"}, "large": {"a", "b", "c"}, "other": {"d"}}
    assert choose({}, found) == {"a": "large", "b": "large", "c": "large", "d": "other"}
    assert choose({"a": "small", "z": "not run"}, found) == {**choose({}, found), "a": "small", "z": "not run"}
    assert choose({"b": "small"}, found)["b"] == "large"


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    api.main(["pyflink.common.time"])
    assert capsys.readouterr().out.splitlines()[-1].split()[:4] == ["total", "25", "25", "25"]
    api.main(["--excluded", "pyflink.datastream.output_tag"])
    assert capsys.readouterr().out.startswith("pyflink.datastream.output_tag.OutputTag.get_java_output_tag: hands out")


def own(name: str) -> object:
    """What this package has under PyFlink's name."""
    parts = name.replace("pyflink", "penstock", 1).split(".")
    found: object = None
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = inspect.getattr_static(found, part) if inspect.isclass(found) else getattr(found, part)
        return found
    raise AssertionError(name)


@pytest.mark.parametrize("name", REMOVED)
def test_what_flink_2_removed(name: str) -> None:
    assert own(f"pyflink.{name}") is not None
