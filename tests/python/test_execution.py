"""Running a job: what the engine is given, and what the script gets back."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from penstock._build import engine, observers, running
from penstock.common import Configuration, JobStatus, Row, Types
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.data_stream import CloseableIterator
from python.fake_engine import FakeEngine, FakeJob


def test_execute(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    env.from_collection([1]).print()
    result = env.execute("mine")
    ((graph, _, config, name),) = fake_engine.jobs
    assert name == "mine"
    assert config == {"parallelism.default": "2"}
    assert [node["id"] for node in json.loads(graph)["nodes"]] == [1, 2]
    assert (str(result.get_job_id()), result.get_net_runtime()) == ("0" * 32, 12)
    assert (result.get_accumulator_result("n"), result.get_accumulator_result("m")) == (3, None)


def test_names_of_jobs(fake_engine: FakeEngine) -> None:
    for config in ({}, {"pipeline.name": "configured"}):
        env = StreamExecutionEnvironment.get_execution_environment(Configuration.from_dict(config))
        env.from_collection([1]).print()
        env.execute()
    assert [job[3] for job in fake_engine.jobs] == ["Flink Streaming Job", "configured"]


def test_several_jobs_of_one_environment(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    stream = env.from_collection([1]).map(len)
    stream.print()
    env.execute()
    with pytest.raises(RuntimeError, match="nothing to run"):
        env.execute()
    stream.print()
    env.execute()
    first, second = (json.loads(job[0])["nodes"] for job in fake_engine.jobs)
    assert [node["id"] for node in first] == [node["id"] for node in second] == [1, 2, 3]


def test_execute_async(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    env.from_collection([1]).print()
    client = env.execute_async()
    assert fake_engine.jobs[0][3] == "Flink Streaming Job"
    assert str(client.get_job_id()) == "0" * 32
    assert client.get_job_status().result() is JobStatus.FINISHED
    future = client.get_job_execution_result()
    assert future.done()
    assert future.exception() is None
    assert future.result().get_net_runtime() == 12
    assert client.get_accumulators().result() == {"n": 3}
    client.cancel().result()
    assert fake_engine.last is not None
    assert fake_engine.last.cancelled
    assert client.trigger_savepoint("/sp").result() == "/sp/savepoint-CANONICAL-go-on"
    assert client.stop_with_savepoint(False, "/sp").result() == "/sp/savepoint-CANONICAL-stop"
    assert client.stop_with_savepoint(True, "/sp").result() == "/sp/savepoint-CANONICAL-drain"


def test_execute_and_collect(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    fake_engine.records = [[1, 2], [], [3]]
    with env.from_collection([1]).execute_and_collect("mine") as records:
        assert isinstance(records, CloseableIterator)
        assert list(records) == [1, 2, 3]
    assert fake_engine.jobs[0][3] == "mine"
    assert json.loads(fake_engine.jobs[0][0])["nodes"][1]["operator"]["connector"] == "collect"
    assert fake_engine.last is not None
    assert not fake_engine.last.cancelled


def test_collecting_only_some(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    fake_engine.records = [[1, 2], [3]]
    assert env.from_collection([1]).execute_and_collect(limit=2) == [1, 2]
    assert fake_engine.last is not None
    assert fake_engine.last.cancelled


def test_interrupting_keeps_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    job = FakeJob([])

    def interrupted(timeout: float | None) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "wait", interrupted)
    monkeypatch.setattr(job, "status", lambda: "RUNNING")
    running.started(job)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        engine.wait(job)  # type: ignore[arg-type]
    assert job.shut_down
    assert not job.cancelled


def test_observers_are_there_while_the_script_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    @contextmanager
    def observe(job: Any) -> Iterator[None]:
        seen.append(job)
        yield
        seen.append("end")

    monkeypatch.setattr(observers, "JOB_OBSERVERS", [])
    monkeypatch.setattr(engine, "JOB_OBSERVERS", [observe])
    job = FakeJob([])
    engine.wait(job)  # type: ignore[arg-type]
    assert seen == [job, "end"]


def test_plans(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    env.from_collection([1]).print()
    assert len(json.loads(env.get_execution_plan())["nodes"]) == 2
    assert len(json.loads(env.get_execution_plan())["nodes"]) == 2


def test_without_an_engine(env: StreamExecutionEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "penstock._native", None)
    env.from_collection([1]).print()
    with pytest.raises(ImportError, match=r"the engine .penstock\._native. cannot be loaded"):
        env.execute()


def test_jars_are_accepted_with_one_line_each(
    env: StreamExecutionEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "penstock"):
        env.add_jars("file:///lib/flink-sql-connector-kafka-3.0.jar", "file:///lib/own.jar")
        env.add_jars("file:///lib/own.jar")
        env.add_classpaths("file:///lib/flink-s3-fs-hadoop.jar")
    assert [record.getMessage() for record in caplog.records] == [
        "file:///lib/flink-sql-connector-kafka-3.0.jar: the built-in Kafka connector is used instead",
        "file:///lib/own.jar: not loaded, Penstock has no JVM; no built-in connector is known to stand for it",
        "file:///lib/flink-s3-fs-hadoop.jar: the built-in S3 client is used instead",
    ]
    assert env._config.get_string("pipeline.classpaths", "") == "file:///lib/flink-s3-fs-hadoop.jar"


def test_python_dependencies(env: StreamExecutionEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    module, requirements, archive = tmp_path / "my_helpers.py", tmp_path / "requirements.txt", tmp_path / "data.zip"
    module.write_text("def double(n):\n    return 2 * n\n")
    requirements.touch()
    archive.touch()
    env.add_python_file(str(module))
    env.set_python_requirements(str(requirements))
    env.add_python_archive(str(archive), "data")
    import my_helpers  # type: ignore[import-not-found]

    assert my_helpers.double(4) == 8
    assert env._config.get_string("python.files", "") == str(module)
    assert env._config.get_string("python.requirements", "") == str(requirements)
    assert env._config.get_string("python.archives", "") == f"{archive}#data"
    with pytest.raises(FileNotFoundError, match="add_python_file: there is no"):
        env.add_python_file(str(tmp_path / "missing.py"))


def test_collected_records_are_of_their_type(env: StreamExecutionEnvironment, fake_engine: FakeEngine) -> None:
    fake_engine.records = [[Row(1, 0.1), None]]
    stream = env.from_collection([1]).map(len, output_type=Types.ROW([Types.INT(), Types.FLOAT()]))
    assert list(stream.execute_and_collect()) == [Row(f0=1, f1=0.10000000149011612), None]
