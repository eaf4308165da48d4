"""Functions on their way: what they are where they run, and what is said of those that cannot go."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from penstock._build.functions import UnpicklableFunctionError, pack, pickled
from penstock._runtime import load
from penstock.datastream import FlatMapFunction, MapFunction, StreamExecutionEnvironment

Functions = Callable[[], dict[str, Any]]


class Collecting(MapFunction):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def map(self, value: Any) -> int:
        self.seen.append(value)
        return len(self.seen)


def test_names_and_round_trip(env: StreamExecutionEnvironment, functions: Functions) -> None:
    env.from_collection([1]).map(lambda n: n + 1).key_by(lambda n: n % 2).reduce(lambda a, b: a + b)
    loaded = functions()
    assert sorted(loaded) == ["function:2", "function:3", "selector:3"]
    assert loaded["function:2"](1) == 2
    assert loaded["selector:3"](5) == 1
    assert loaded["function:3"](2, 3) == 5


def test_every_load_and_every_operator_has_its_own_copy(env: StreamExecutionEnvironment, functions: Functions) -> None:
    shared = Collecting()
    env.from_collection([1]).map(shared).map(shared)
    first, second = functions(), functions()
    first["function:2"].map("x")
    assert first["function:2"].seen == ["x"]
    assert first["function:3"].seen == second["function:2"].seen == shared.seen == []


def test_a_lambda_in_a_loop_keeps_the_variable_of_its_turn(
    env: StreamExecutionEnvironment, functions: Functions
) -> None:
    stream = env.from_collection([1])
    for digit in range(3):
        stream = stream.map(lambda n: n * 10 + digit)  # noqa: B023
    loaded = functions()
    value = 1
    for node in (2, 3, 4):
        value = loaded[f"function:{node}"](value)
    assert value == 1012


class Locked(MapFunction):
    def __init__(self) -> None:
        self.inner = {"guard": threading.Lock()}

    def map(self, value: Any) -> Any:
        return value


def test_what_cannot_be_pickled_is_named(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([1])
    lock = threading.Lock()
    with pytest.raises(
        UnpicklableFunctionError,
        match=r"test_functions_blob.py:\d+: the function of map, .*<lambda>, cannot be sent to the engine: "
        r"its variable 'lock' is a _thread.lock.*Make such things in open",
    ):
        stream.map(lambda n: (n, lock))
    with pytest.raises(UnpicklableFunctionError, match=r"value of 'guard' of attribute 'inner' is a _thread\.lock"):
        stream.map(Locked())
    with pytest.raises(UnpicklableFunctionError, match="element 1 of the collection"):
        env.from_collection([1, lock])
    with pytest.raises(TypeError):
        stream.key_by(lambda n: (n, lock))


def in_a_script(tmp_path: Path, script: str) -> str:
    """What the script prints when it is run as `__main__` in a process of its own."""
    file = tmp_path / "job.py"
    file.write_text(textwrap.dedent(script))
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, file],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(paths)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_classes_of_the_script_stay_as_they_are(tmp_path: Path) -> None:
    printed = in_a_script(
        tmp_path,
        """
        from penstock.datastream import MapFunction, StreamExecutionEnvironment
        from penstock._runtime import load

        FACTOR = 1

        class Scale(MapFunction):
            def map(self, value):
                return value * FACTOR

        def blob():
            env = StreamExecutionEnvironment.get_execution_environment()
            env.from_collection([1]).map(Scale())
            return env._graph().functions

        loaded = load(blob())["function:2"]
        print(type(loaded) is Scale, loaded.map(5))
        FACTOR = 100
        print(load(blob())["function:2"].map(5), Scale().map(5))
        """,
    )
    assert printed.split() == ["True", "5", "500", "500"]


def test_classes_of_the_script_go_along_to_other_processes(tmp_path: Path) -> None:
    blob = tmp_path / "functions"
    in_a_script(
        tmp_path,
        f"""
        from penstock.datastream import FlatMapFunction, StreamExecutionEnvironment

        class Words(FlatMapFunction):
            def flat_map(self, value):
                yield from value.split()

        env = StreamExecutionEnvironment.get_execution_environment()
        env.from_collection(["a b"]).flat_map(Words()).map(lambda word: isinstance(Words(), Words))
        open({str(blob)!r}, "wb").write(env._graph().functions)
        """,
    )
    first, second = load(blob.read_bytes()), load(blob.read_bytes())
    words: Any = first["function:2"]
    assert isinstance(words, FlatMapFunction)
    assert list(words.flat_map("a b")) == ["a", "b"]
    assert type(words) is type(second["function:2"])
    assert first["function:3"]("x") is True  # type: ignore[operator]


def test_pack() -> None:
    assert load(pack({"a": pickled([1], "a list")})) == {"a": [1]}


def test_types_of_extension_modules_go_by_name(tmp_path: Path) -> None:
    blob = tmp_path / "functions"
    printed = in_a_script(
        tmp_path,
        f"""
        from confluent_kafka import Consumer, TopicPartition
        from penstock.datastream import StreamExecutionEnvironment

        print(Consumer.__module__)
        env = StreamExecutionEnvironment.get_execution_environment()
        env.from_collection([1]).map(lambda value: (Consumer, TopicPartition("words", value)))
        open({str(blob)!r}, "wb").write(env._graph().functions)
        """,
    )
    assert printed == "cimpl\n", "the type must say a module that cannot be imported"
    made: Any = load(blob.read_bytes())["function:2"]
    kind, partition = made(1)
    assert kind is Consumer
    assert isinstance(partition, TopicPartition)
    assert (partition.topic, partition.partition) == ("words", 1)
