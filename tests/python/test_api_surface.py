"""Names, parameters and defaults are PyFlink's. `data/pyflink_2_3_api.jsonl` lists those of PyFlink 2.3."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

LISTED = [json.loads(line) for line in (Path(__file__).parent / "data" / "pyflink_2_3_api.jsonl").open()]

MODULES = [entry for entry in LISTED if "module" in entry]
CLASSES = [entry for entry in LISTED if "class" in entry]

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


def own(name: str) -> Any:
    """The object of this package that has PyFlink's name."""
    parts = name.replace("pyflink", "penstock", 1).split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise AssertionError(name)


def parameters(method: Any) -> list[str]:
    listed = []
    for parameter in inspect.signature(method).parameters.values():
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
        listed.append(f"{star}{parameter.name}{default}")
    return [text for text in listed if text not in ("self", "cls")]


@pytest.mark.parametrize("entry", MODULES, ids=lambda entry: entry["module"])
def test_modules(entry: dict[str, Any]) -> None:
    module = own(entry["module"])
    assert [name for name in entry["names"] if not hasattr(module, name)] == []


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry["class"])
def test_classes(entry: dict[str, Any]) -> None:
    kind = own(entry["class"])
    assert {name: parameters(getattr(kind, name)) for name in entry["methods"]} == entry["methods"]
    attributes = entry.get("attributes", {})
    assert {name: repr(getattr(kind, name)) for name in attributes} == attributes


@pytest.mark.parametrize("name", REMOVED)
def test_what_flink_2_removed(name: str) -> None:
    assert own(f"pyflink.{name}") is not None
