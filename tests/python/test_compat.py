"""`pyflink` as another name of this package, and the parts that are not there yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

from penstock.util.exceptions import NotInPenstockError


def python(code: str) -> str:
    """What the code prints in an interpreter of its own."""
    paths = [path for path in sys.path if path]
    run = subprocess.run(
        [sys.executable, "-c", "import penstock._compat\npenstock._compat.install()\n" + code],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(paths)},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_modules_are_the_same_objects() -> None:
    assert (
        python(
            "import pyflink.datastream.functions as theirs, penstock.datastream.functions as ours\n"
            "import pyflink, penstock, pyflink.common\n"
            "from pyflink.datastream import MapFunction\n"
            "print(theirs is ours, pyflink is penstock, ours.MapFunction is MapFunction)\n"
            "print(ours.__name__, ours.__spec__.name, pyflink.common.__package__)"
        )
        == "True True True\npenstock.datastream.functions penstock.datastream.functions penstock.common"
    )


def test_order_of_imports_does_not_matter() -> None:
    assert (
        python(
            "from pyflink.datastream.connectors.kafka import KafkaSource\n"
            "import penstock.datastream.connectors.kafka as ours, penstock\n"
            "print(ours.KafkaSource is KafkaSource, KafkaSource.__module__.startswith('penstock.'))"
        )
        == "True True"
    )


def test_installing_twice_changes_nothing() -> None:
    assert (
        python(
            "import sys\npenstock._compat.install()\n"
            "print(sum(type(finder).__name__ == 'PyFlinkFinder' for finder in sys.meta_path))"
        )
        == "1"
    )


def test_unknown_modules_are_missing_by_the_name_that_was_asked_for() -> None:
    assert (
        python("try:\n    import pyflink.nonsense\nexcept ModuleNotFoundError as error:\n    print(error.name)")
        == "pyflink.nonsense"
    )


def test_tables_can_be_imported_and_say_what_is_missing() -> None:
    from penstock.table.expressions import col
    from penstock.table.udf import ScalarFunction, udf

    from penstock.table import EnvironmentSettings, Row, StreamTableEnvironment

    assert Row is not None
    for use in (
        lambda: StreamTableEnvironment.create(None),
        lambda: EnvironmentSettings.in_streaming_mode(),
        lambda: col("a"),
        lambda: udf(len),
    ):
        with pytest.raises(
            NotInPenstockError, match=r"not in Penstock yet \(called at .*test_compat.py.*DataStream API"
        ):
            use()
    with pytest.raises(NotInPenstockError, match=r"penstock.table.udf.ScalarFunction is not in Penstock yet"):

        class Mine(ScalarFunction):  # type: ignore[misc]
            pass


def test_names_of_tables_can_be_imported_all_at_once() -> None:
    assert python("from pyflink.table import *\nprint(StreamTableEnvironment.__name__)") == "StreamTableEnvironment"
