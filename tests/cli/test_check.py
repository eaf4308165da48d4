"""`penstock check`: what a script uses that Penstock lacks, without running it."""

from __future__ import annotations

import re
import textwrap

import pytest

from job_scripts import Scripts
from penstock._cli.checking.flink import read_for_flink
from penstock._cli.checking.reader import read

OPENING = """\
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment, KeyedProcessFunction, RuntimeContext, DataStream
env = StreamExecutionEnvironment.get_execution_environment()
"""


def found(text: str) -> list[tuple[int, str]]:
    """Lines (of the text alone) and findings."""
    source = OPENING + textwrap.dedent(text).lstrip("\n")
    first = OPENING.count("\n")
    return [(finding.line - first, finding.text) for finding in read(source.encode(), "job.py")]


def names(text: str) -> list[tuple[int, str]]:
    """Lines and what is missing in them."""
    return [(line, re.split(" is not in Penstock| hands out a Java object", words)[0]) for line, words in found(text)]


def test_a_script_with_all_it_needs() -> None:
    text = """
    class Counts(KeyedProcessFunction):
        def open(self, context):
            self.name = context.get_task_name()
        def process_element(self, value, ctx):
            ctx.timer_service().register_event_time_timer(ctx.timestamp())
            yield self.name, self.helper(value)
        def helper(self, value):
            return value.anything()
    env.from_collection([1], Types.INT()).map(lambda n: n.real).key_by(lambda n: n).process(Counts()).print()
    env.execute().get_job_id()
    """
    assert found(text) == []


def test_a_connector_that_is_not_built_in() -> None:
    text = """
    from pyflink.datastream.connectors.rabbitmq import RMQConnectionConfig, RMQSource
    config = RMQConnectionConfig.Builder().set_host("h").build()
    """
    ((line, words),) = found(text)[:1]
    assert line == 2 and words.startswith("RMQConnectionConfig.Builder(...) is not built in: Use a source or sink")


def test_calls_in_a_chain_are_at_the_lines_of_their_names() -> None:
    text = """
    (env.from_collection([1])
        .key_by(lambda n: n)
        .windowed(3)
        .reduce(max))
    """
    assert found(text) == [(3, "KeyedStream.windowed is not in Penstock")]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import pyflink.table", "pyflink.table"),
        ("from pyflink.table import StreamTableEnvironment", "pyflink.table.StreamTableEnvironment"),
        ("from pyflink.table.expressions import col as c", "pyflink.table.expressions.col"),
        ("import pyflink.ml", "pyflink.ml"),
        ("from pyflink.ml.core import Model", "pyflink.ml.core"),
        ("from pyflink.common import NoSuchName", "pyflink.common.NoSuchName"),
        ("from penstock.common import NoSuchName", "pyflink.common.NoSuchName"),
        ("Types.NOTHING()", "Types.NOTHING"),
        ("Types.STRING().get_java_type_info()", "TypeInformation.get_java_type_info(...)"),
        ("[env.keyby() for _ in range(3)]", "StreamExecutionEnvironment.keyby"),
        ("env._j_stream_execution_environment", "StreamExecutionEnvironment._j_stream_execution_environment"),
        ("x = (stream := env.from_collection([])) and stream.windowed(1)", "DataStream.windowed"),
    ],
)
def test_one_line(line: str, name: str) -> None:
    assert names(line) == [(1, name)]


def test_names_in_functions() -> None:
    text = """
    def build(stream: DataStream, other: "DataStream", unknown):
        stream.keyby()
        other.keyby()
        unknown.keyby()
    def main():
        mine = env.from_collection([])
        mine.keyby()
    def shadows(env):
        env.keyby()
    """
    assert names(text) == [(2, "DataStream.keyby"), (3, "DataStream.keyby"), (7, "DataStream.keyby")]


def test_parameters_of_overridden_methods() -> None:
    text = """
    class Mine(KeyedProcessFunction):
        def open(self, c):
            c.get_nothing()
        def process_element(self, value, c):
            c.timer_service().start()
            value.start()
    """
    assert names(text) == [(3, "RuntimeContext.get_nothing"), (5, "TimerService.start")]


def test_a_name_that_is_bound_anew() -> None:
    assert found("env = object()\nenv.keyby(None)\n") == []


def test_imports_with_an_alternative_are_fine() -> None:
    text = """
    try:
        from pyflink.nowhere import thing
    except ImportError:
        thing = None
    """
    assert found(text) == []


def test_factories_of_what_is_not_there() -> None:
    text = """
    from pyflink.datastream import SlotSharingGroup
    SlotSharingGroup.builder("x").build().get_java_slot_sharing_group()
    """
    assert names(text) == [(2, "SlotSharingGroup.get_java_slot_sharing_group(...)")]


def test_the_command(scripts: Scripts) -> None:
    scripts.write("from pyflink.table import StreamTableEnvironment\nprint('ran')\n", "tables.py")
    scripts.write("print('ran')\n", "fine.py")
    outcome = scripts.run("check", "tables.py", "fine.py")
    assert outcome.code == 1
    tables, fine = outcome.out.splitlines()
    assert tables.startswith("tables.py:1: pyflink.table.StreamTableEnvironment is not in Penstock yet: ")
    assert fine == "fine.py: nothing is missing"
    assert scripts.run("check", "fine.py").succeeded() == "fine.py: nothing is missing\n"


def test_a_folder(scripts: Scripts) -> None:
    scripts.write("import pyflink.ml\n", "jobs/a.py")
    scripts.write("", "jobs/deep/b.py")
    out = scripts.run("check", "jobs").out
    assert out == "jobs/a.py:1: pyflink.ml is not in Penstock\njobs/deep/b.py: nothing is missing\n"


def test_scripts_that_cannot_be_read(scripts: Scripts) -> None:
    assert "missing.py: No such file" in scripts.run("check", "missing.py").failed(2)
    scripts.write("x = (\n", "wrong.py")
    said = scripts.run("check", "wrong.py").failed(2)
    assert 'File "wrong.py", line 1' in said and "SyntaxError" in said and "penstock" not in said


def test_what_flink_lacks() -> None:
    text = """
    import penstock.models as models
    import penstock.extensions
    from penstock import extensions, testing
    from penstock.extensions import map_batches
    from penstock.datastream.connectors import postgres
    numbers = env.from_collection([1])
    numbers.map_batches(len).filter_batches(bool).print()
    map_batches(numbers, len).anything()
    numbers.join(numbers)
    numbers.key_by(len).interval_join(numbers)
    numbers.key_by(len).window(3)
    "a".join([])
    """
    source = (OPENING + textwrap.dedent(text).lstrip()).encode()
    found = [(finding.line - OPENING.count("\n"), finding.text) for finding in read_for_flink(source, "job.py")]
    assert [line for line, _ in found] == [1, 3, 5, 7, 7, 9, 10]
    words = [text.partition(" is not in Apache Flink: ") for _, text in found]
    assert [name for name, _, _ in words] == [
        "penstock.models",
        "penstock.testing",
        "penstock.datastream.connectors",
        "DataStream.filter_batches(...)",
        "DataStream.map_batches(...)",
        "DataStream.join(...)",
        "KeyedStream.interval_join(...)",
    ]
    assert words[4][2] == "penstock.extensions.map_batches(stream, ...) does the same and runs there as well"


def test_what_flink_has(scripts: Scripts) -> None:
    scripts.write("from pyflink.datastream import WindowAssigner\n")
    assert scripts.run("check", "--target", "flink", "job.py").succeeded() == "job.py: nothing is missing\n"
    scripts.write("import penstock.testing\n")
    assert "job.py:1: penstock.testing is not in Apache Flink" in scripts.run("check", "--target=flink", "job.py").out
