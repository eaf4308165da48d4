"""`penstock state` and `penstock.state_reader`: what a real job has kept, read back."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts
from penstock import state_reader
from penstock.common.types import Row
from services import S3Server

JOB = (
    ENVIRONMENT
    + """
import time
from dataclasses import dataclass, field
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.state import *
@dataclass
class Order:
    amount: int
class Keeper(KeyedProcessFunction):
    def open(self, context):
        row = Types.ROW_NAMED(["name", "n"], [Types.STRING(), Types.INT()])
        self.row = context.get_state(ValueStateDescriptor("row", row))
        self.any = context.get_state(ValueStateDescriptor("any", None))
        self.numbers = context.get_list_state(ListStateDescriptor("numbers", Types.INT()))
        self.map = context.get_map_state(MapStateDescriptor("map", Types.STRING(), Types.DOUBLE()))
        aged = ValueStateDescriptor("aged", Types.LONG())
        aged.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
        self.aged = context.get_state(aged)
        recent = ListStateDescriptor("recent", Types.INT())
        recent.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
        self.recent = context.get_list_state(recent)
    def process_element(self, value, ctx):
        if value > 9:
            time.sleep(0.001)
            return
        key = ctx.get_current_key()
        self.row.update(Row(name="k" + str(key), n=key))
        self.any.update({"order": Order(key)})
        self.numbers.add(value)
        self.map.put("half", value / 2)
        self.aged.update(value)
        self.recent.add(value)
        ctx.timer_service().register_event_time_timer(10**12 + key)
    def on_timer(self, timestamp, ctx):
        yield "fired"
class Rules(KeyedBroadcastProcessFunction):
    def process_element(self, value, ctx):
        pass
    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(RULES).put(str(value), value)
RULES = MapStateDescriptor("rules", Types.STRING(), Types.LONG())
numbers = env.from_source(NumberSequenceSource(0, 10**9), WatermarkStrategy.no_watermarks(), "numbers").uid("source")
keyed = numbers.key_by(lambda n: n % 3, Types.INT())
keyed.process(Keeper(), Types.STRING()).uid("keeper").name("Keeps").print()
untyped = numbers.key_by(lambda n: ("key", n % 2))
rules = env.from_collection([5, 6], Types.LONG()).broadcast(RULES)
untyped.connect(rules).process(Rules(), Types.STRING()).uid("rules").print()
env.execute("keeping")
"""
)


def interrupted(scripts: Scripts, *options: str) -> Path:
    """The checkpoint of the job, which ran with these options until it was interrupted."""
    scripts.write(JOB)
    place = f"-Dexecution.checkpointing.dir=file://{scripts.folder}/checkpoints"
    started = scripts.start("run", "-Dexecution.checkpointing.interval=200 ms", place, *options, "job.py")
    started.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
    assert started.signal(signal.SIGTERM).code == 143
    (metadata,) = (scripts.folder / "checkpoints").rglob("_metadata")
    return metadata.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a job that was interrupted; scripts run beside it."""
    return interrupted(Scripts(tmp_path_factory.mktemp("state")))


def state(folder: Path, *arguments: str) -> Outcome:
    return Scripts(folder).run("state", *arguments)


def entries(folder: Path, operator: str, name: str) -> dict[Any, Any]:
    found = state_reader.open(str(folder)).operator(operator).state(name).entries()
    return {entry.key: entry.value for entry in found}


def test_the_list_of_operators_and_states(folder: Path) -> None:
    text = state(folder, "ls", str(folder)).succeeded()
    for line in (
        "keeper: 'Keeps', parallelism 1 of 128",
        r"  row                       value        ROW(name: STRING, n: INT)   3",
        "  any                       value        PICKLED_BYTE_ARRAY          3",
        "  numbers                   list         INT                         3",
        "  map                       map          STRING -> DOUBLE            3",
        "  _timers/event-time        timers       keys INT                    3",
        "  aged                      value        LONG with time to live      3",
        "  recent                    list         INT with time to live       3",
        "  rules                     broadcast    STRING -> LONG              2",
    ):
        assert " ".join(line.split()) in " ".join(text.split()), f"{line}\n{text}"
    listed = json.loads(state(folder, "ls", "--json", f"file://{folder}/_metadata").succeeded())
    assert listed["job_name"] == "keeping" and listed["url"] == f"file://{folder}"
    (keeper,) = [operator for operator in listed["operators"] if operator["uid"] == "keeper"]
    (row,) = [one for one in keeper["states"] if one["name"] == "row"]
    assert (row["kind"], row["type"], row["entries"]) == ("value", "ROW(name: STRING, n: INT)", 3)
    assert row["bytes"] > 20


def test_typed_values_and_keys(folder: Path) -> None:
    assert entries(folder, "keeper", "row") == {key: Row(name=f"k{key}", n=key) for key in range(3)}
    assert entries(folder, "keeper", "numbers") == {0: [0, 3, 6, 9], 1: [1, 4, 7], 2: [2, 5, 8]}
    assert entries(folder, "Keeps", "aged") == {0: 9, 1: 7, 2: 8}
    assert entries(folder, "keeper", "recent") == {0: [0, 3, 6, 9], 1: [1, 4, 7], 2: [2, 5, 8]}
    (aged, recent) = (state_reader.open(str(folder)).operator("keeper").state(name) for name in ("aged", "recent"))
    written = {entry.key: entry.last_used for entry in aged.entries()}
    for entry in recent.entries():
        assert abs((entry.last_used or 0) - (written[entry.key] or 0)) < 60_000, "both were written for the last value"
    maps = state_reader.open(str(folder)).operator("keeper").state("map").entries()
    assert {(entry.key, entry.map_key): entry.value for entry in maps} == {
        (0, "half"): 4.5,
        (1, "half"): 3.5,
        (2, "half"): 4.0,
    }


def test_timers_positions_and_broadcast_state(folder: Path) -> None:
    timers = state_reader.open(str(folder)).operator("keeper").state("_timers/event-time").entries()
    assert {entry.key: entry.timestamp for entry in timers} == {key: 10**12 + key for key in range(3)}
    assert entries(folder, "rules", "rules") == {"5": 5, "6": 6}
    (split,) = state_reader.open(str(folder)).operator("source").state("splits").entries()
    assert split.value["position"] > 9


def test_pickled_values_show_class_and_fields(folder: Path) -> None:
    text = state(folder, "show", "--operator", "keeper", "--state", "any", str(folder)).succeeded()
    assert text.splitlines()[0] == "keeper / any (value, PICKLED_BYTE_ARRAY)"
    assert "  2 -> {'order': __main__.Order(amount=2)}" in text.splitlines()


def test_real_objects_need_their_classes(folder: Path) -> None:
    options = ["--operator", "keeper", "--unpickle"]
    assert "  0 -> [0, 3, 6, 9]" in state(folder, "show", *options, "--state", "numbers", str(folder)).succeeded()
    error = state(folder, "show", *options, "--state", "any", str(folder)).failed()
    assert "a pickle of __main__.Order does not load: AttributeError" in error and "Traceback" not in error
    assert "name it with --script" in error
    # The script is the job's own, and its job is not run.
    found = state(folder, "show", *options, "--script", str(job_script(folder)), "--state", "any", str(folder))
    assert "  1 -> {'order': Order(amount=1)}" in found.succeeded().splitlines()


@pytest.mark.parametrize(
    ("script", "options", "message"),
    [
        ("raise KeyError('x')", ["--unpickle"], "job.py' fails:\nTraceback (most recent call last):"),
        ("def f(:", ["--unpickle"], "job.py' fails:"),
        ("raise SystemExit(3)", ["--unpickle"], "ended (3)"),
        (None, ["--unpickle"], "cannot be read: No such file"),
        ("pass", [], "--script is of use with --unpickle only"),
    ],
)
def test_a_script_that_does_not_load(
    folder: Path, tmp_path: Path, script: str | None, options: list[str], message: str
) -> None:
    path = tmp_path / "job.py"
    if script is not None:
        path.write_text(script, encoding="utf-8")
    error = state(folder, "show", "--script", str(path), *options, str(folder)).failed()
    assert error.startswith("penstock state: ") and message in error and "script_classes" not in error


def job_script(folder: Path) -> Path:
    """The script that wrote a checkpoint."""
    return folder.parents[2] / "job.py"


def test_one_key_as_json(folder: Path) -> None:
    text = state(folder, "show", "--json", "--key", "1", "--operator", "keeper", str(folder)).succeeded()
    shown = {line["state"]: line for line in map(json.loads, text.splitlines())}
    assert shown["row"]["value"] == {"name": "k1", "n": 1}
    assert shown["map"]["map_key"] == "half" and shown["map"]["value"] == 3.5
    assert shown["any"]["value"] == {"order": {"class": "__main__.Order", "fields": {"amount": 1}}}
    assert shown["_timers/event-time"]["timestamp"] == 10**12 + 1
    assert {line["key"] for line in shown.values()} == {1}


def test_arrow_tables(folder: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    keeper = state_reader.open(str(folder)).operator("keeper")
    table = keeper.state("row").table()
    assert table.schema.field("key").type == pa.int32()
    assert table.schema.field("value").type == pa.struct([("name", pa.string()), ("n", pa.int32())])
    assert sorted(row["value"]["name"] for row in table.to_pylist()) == ["k0", "k1", "k2"]
    assert [batch.num_rows for batch in keeper.state("map").batches(rows=2)] == [2, 1]


def test_arrow_tables_without_pyarrow_say_what_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        state_reader.open(str(folder)).operator("keeper").state("row").table()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ls", "nowhere"], "there is no checkpoint at"),
        (["show", "--operator", "keper", "."], "there is no operator 'keper'; there are: source, keeper"),
        (["show", "--state", "rows", "."], "there is no state 'rows'; there are: _timers/event-time"),
        (["ls", "-D", "s3.endpoint", "."], "-D takes KEY=VALUE"),
        (["ls", "hdfs://x/y"], "'hdfs://' is not a place"),
    ],
)
def test_what_is_not_there_is_named(folder: Path, arguments: list[str], message: str) -> None:
    error = state(folder, *arguments).failed()
    assert error.startswith("penstock state: ") and message in error and "Traceback" not in error


def test_a_checkpoint_in_a_bucket(folder: Path, s3: S3Server, tmp_path: Path) -> None:
    shutil.copytree(folder, s3.files(s3.bucket("looked-into")) / "job" / "chk-7")
    options = [
        f"-Ds3.endpoint={s3.endpoint}",
        f"-Ds3.access-key={s3.access_key}",
        f"-Ds3.secret-key={s3.secret_key}",
        "-Ds3.path.style.access=true",
    ]
    path = "s3://looked-into/job/chk-7"
    shown = state(tmp_path, "show", "--operator", "keeper", "--state", "numbers", *options, path).succeeded()
    assert "  0 -> [0, 3, 6, 9]" in shown.splitlines()


def test_damage_is_an_error(folder: Path, tmp_path: Path) -> None:
    damaged = bytearray((folder / "_metadata").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "_metadata").write_bytes(damaged)
    assert "is damaged: its checksum does not match" in state(tmp_path, "ls", ".").failed()


def test_an_incremental_checkpoint_has_the_same_states(scripts: Scripts, folder: Path, tmp_path: Path) -> None:
    options = ["state.backend.type=rocksdb", "execution.checkpointing.incremental=true"]
    options += ["execution.checkpointing.data-inline-threshold=0 b", "parallelism.default=2"]
    incremental = interrupted(scripts, *(f"-D{option}" for option in options))
    assert any((incremental.parent / "shared").iterdir()), "its states are files that checkpoints share"
    for name in ("row", "numbers", "aged", "recent", "map", "any"):
        assert entries(incremental, "keeper", name).keys() == {0, 1, 2}, name
    for name in ("row", "numbers", "recent"):
        assert entries(incremental, "keeper", name) == entries(folder, "keeper", name), name
    left = tmp_path / "left"
    shown = state(
        scripts.folder, "show", "--operator", "keeper", "--state", "numbers", f"-Dio.tmp.dirs={left}", str(incremental)
    )
    assert "  0 -> [0, 3, 6, 9]" in shown.succeeded().splitlines()
    assert list(left.iterdir()) == [], "the files of databases go with the reader"
