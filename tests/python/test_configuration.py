"""Configuration, its values as text, and the settings that write into it."""

from __future__ import annotations

import pytest

from penstock._build.amounts import parse_bytes, parse_millis
from penstock._build.maps import format_map, parse_map
from penstock.common import ConfigOptions, Configuration, Duration, RestartStrategies
from penstock.datastream import (
    CheckpointingMode,
    EmbeddedRocksDBStateBackend,
    ExternalizedCheckpointRetention,
    FileSystemCheckpointStorage,
    FsStateBackend,
    HashMapStateBackend,
    MemoryStateBackend,
    RocksDBStateBackend,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)


def test_values() -> None:
    config = Configuration()
    config.set_string("s", "text").set_integer("i", 7).set_boolean("b", True).set_float("f", 1.5)
    config.set_bytearray("y", bytearray([1, 2]))
    assert config.to_dict() == {"s": "text", "i": "7", "b": "true", "f": "1.5", "y": "0102"}
    assert (config.get_integer("i", 0), config.get_boolean("b", False), config.get_float("f", 0)) == (7, True, 1.5)
    assert config.get_bytearray("y", bytearray()) == bytearray([1, 2])
    assert config.get_string("missing", "default") == "default"
    with pytest.raises(ValueError, match="s: 'text' is not a whole number"):
        config.get_integer("s", 0)
    with pytest.raises(TypeError):
        config.set_string("s", 5)  # type: ignore[arg-type]


def test_merging() -> None:
    config = Configuration.from_dict({"a": "1"})
    config.add_all(Configuration.from_dict({"b": "2"})).add_all(Configuration.from_dict({"b": "2"}), "nested.")
    assert config.to_dict() == {"a": "1", "b": "2", "nested.b": "2"}
    assert config.remove_config("b")
    assert not config.remove_config("b")
    copy = Configuration(config)
    copy.set_string("a", "9")
    assert config.get_string("a", "") == "1"


def test_lists() -> None:
    assert Configuration.parse_list_value("a;b; c") == ["a", "b", "c"]
    assert Configuration.parse_list_value("[a, 'b,c']") == ["a", "b,c"]


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("60 s", 60_000),
        ("500ms", 500),
        ("1 min", 60_000),
        ("2h", 7_200_000),
        ("1 d", 86_400_000),
        ("42", 42),
        ("PT30S", 30_000),
        ("PT1M1.5S", 61_500),
        ("P1DT1H", 90_000_000),
        ("1500 µs", 1),
    ],
)
def test_lengths_of_time(text: str, millis: int) -> None:
    assert parse_millis("key", text) == millis


def test_wrong_amounts() -> None:
    with pytest.raises(ValueError, match="key: 'soon' is no length of time"):
        parse_millis("key", "soon")
    with pytest.raises(ValueError, match="key: '1 parsec' is no size"):
        parse_bytes("key", "1 parsec")
    assert (parse_bytes("key", "64 mb"), parse_bytes("key", "10")) == (64 << 20, 10)


def test_maps() -> None:
    entries = {"a": "1", "with space": "x:y", "quote": "it's", "url": "http://h:1"}
    assert parse_map("key", format_map(entries)) == entries
    assert parse_map("key", "a:1,b:http://h:9") == {"a": "1", "b": "http://h:9"}
    with pytest.raises(ValueError, match="is no map"):
        parse_map("key", "nonsense")


def test_what_wins(base_configuration: dict[str, str]) -> None:
    base_configuration.update({"parallelism.default": "5", "pipeline.name": "base", "x": "base"})
    config = Configuration.from_dict({"parallelism.default": "6", "pipeline.name": "argument"})
    env = StreamExecutionEnvironment.get_execution_environment(config)
    assert env.get_parallelism() == 6
    env.set_parallelism(7)
    assert env._config.to_dict() == {"parallelism.default": "7", "pipeline.name": "argument", "x": "base"}
    env.configure(Configuration.from_dict({"parallelism.default": "8"}))
    assert env.get_parallelism() == 8
    assert config.get_string("parallelism.default", "") == "6"


def test_default_parallelism(monkeypatch: pytest.MonkeyPatch) -> None:
    from penstock._build import defaults, parallelism

    monkeypatch.setattr(parallelism, "_cores", lambda: 6)
    assert StreamExecutionEnvironment.get_execution_environment().get_parallelism() == 6
    monkeypatch.setattr(defaults, "RUNNING_UNDER_CLI", True)
    assert StreamExecutionEnvironment.get_execution_environment().get_parallelism() == 1


def test_settings_are_options(env: StreamExecutionEnvironment) -> None:
    env.set_max_parallelism(60).set_buffer_timeout(7).disable_operator_chaining()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.enable_checkpointing(5000, CheckpointingMode.AT_LEAST_ONCE)
    env.get_config().set_auto_watermark_interval(50).enable_object_reuse()
    assert env._config.to_dict() == {
        "parallelism.default": "2",
        "pipeline.max-parallelism": "60",
        "execution.buffer-timeout.enabled": "true",
        "execution.buffer-timeout.interval": "7 ms",
        "pipeline.operator-chaining.enabled": "false",
        "execution.runtime-mode": "BATCH",
        "execution.checkpointing.interval": "5000 ms",
        "execution.checkpointing.mode": "AT_LEAST_ONCE",
        "pipeline.auto-watermark-interval": "50 ms",
        "pipeline.object-reuse": "true",
    }
    assert (env.get_buffer_timeout(), env.get_checkpoint_interval(), env.is_chaining_enabled()) == (7, 5000, False)
    env.set_buffer_timeout(-1)
    assert env.get_buffer_timeout() == -1


def test_wrong_settings(env: StreamExecutionEnvironment) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        env.set_parallelism(0)
    with pytest.raises(ValueError, match="from 1 to 32768"):
        env.set_max_parallelism(40_000)
    with pytest.raises(ValueError, match="at least 10 ms"):
        env.enable_checkpointing(1)
    with pytest.raises(TypeError, match="RuntimeExecutionMode"):
        env.set_runtime_mode("BATCH")  # type: ignore[arg-type]


def test_checkpoint_config(env: StreamExecutionEnvironment) -> None:
    checkpoints = env.get_checkpoint_config()
    assert checkpoints.get_checkpointing_mode() is CheckpointingMode.AT_LEAST_ONCE
    assert not checkpoints.is_checkpointing_enabled()
    checkpoints.set_checkpoint_interval(1000).set_min_pause_between_checkpoints(5).set_max_concurrent_checkpoints(2)
    checkpoints.set_tolerable_checkpoint_failure_number(3).enable_unaligned_checkpoints()
    checkpoints.set_externalized_checkpoint_retention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
    checkpoints.set_aligned_checkpoint_timeout(Duration.of_seconds(3)).set_checkpoint_storage_dir("file:///c")
    assert checkpoints.get_checkpointing_mode() is CheckpointingMode.EXACTLY_ONCE
    assert checkpoints.get_alignment_timeout() == Duration.of_millis(3000)
    assert env._config.to_dict() == {
        "parallelism.default": "2",
        "execution.checkpointing.interval": "1000 ms",
        "execution.checkpointing.min-pause": "5 ms",
        "execution.checkpointing.max-concurrent-checkpoints": "2",
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        "execution.checkpointing.unaligned.enabled": "true",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.aligned-checkpoint-timeout": "3000 ms",
        "execution.checkpointing.storage": "filesystem",
        "execution.checkpointing.dir": "file:///c",
    }


def test_old_names_are_read() -> None:
    config = Configuration.from_dict({"execution.checkpointing.unaligned": "true", "state.savepoints.dir": "file:///s"})
    env = StreamExecutionEnvironment.get_execution_environment(config)
    assert env.is_unaligned_checkpoints_enabled()
    assert env.get_default_savepoint_directory() == "file:///s"
    env.get_checkpoint_config().disable_unaligned_checkpoints()
    assert not env.is_unaligned_checkpoints_enabled()


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        (HashMapStateBackend(), {"state.backend.type": "hashmap"}),
        (
            EmbeddedRocksDBStateBackend(True),
            {"state.backend.type": "rocksdb", "execution.checkpointing.incremental": "true"},
        ),
        (
            MemoryStateBackend(),
            {"state.backend.type": "hashmap", "execution.checkpointing.storage": "jobmanager"},
        ),
        (FsStateBackend("file:///c"), {"state.backend.type": "hashmap", "execution.checkpointing.dir": "file:///c"}),
        (
            RocksDBStateBackend("file:///c"),
            {"state.backend.type": "rocksdb", "execution.checkpointing.dir": "file:///c"},
        ),
    ],
)
def test_state_backends(backend: HashMapStateBackend, options: dict[str, str]) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_state_backend(backend)
    assert env._config.to_dict() == options
    assert env.get_state_backend() is backend


def test_checkpoint_storage() -> None:
    storage = FileSystemCheckpointStorage("file:///c", 1024, 8192)
    assert storage._options()["execution.checkpointing.data-inline-threshold"] == "1024 b"
    assert (storage.get_min_file_size_threshold(), storage.get_write_buffer_size()) == (1024, 8192)
    with pytest.raises(ValueError, match="needs a checkpoint_path"):
        FileSystemCheckpointStorage()
    with pytest.raises(ValueError, match="1 MiB"):
        FileSystemCheckpointStorage("file:///c", 2 << 20)


def test_restart_strategies(env: StreamExecutionEnvironment) -> None:
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 1000))
    env.get_config().set_restart_strategy(RestartStrategies.failure_rate_restart(5, 60_000, 500))
    options = {key: value for key, value in env._config.to_dict().items() if key.startswith("restart-strategy.")}
    assert options == {
        "restart-strategy.type": "failure-rate",
        "restart-strategy.fixed-delay.attempts": "3",
        "restart-strategy.fixed-delay.delay": "1000 ms",
        "restart-strategy.failure-rate.max-failures-per-interval": "5",
        "restart-strategy.failure-rate.failure-rate-interval": "60000 ms",
        "restart-strategy.failure-rate.delay": "500 ms",
    }
    env.set_restart_strategy(RestartStrategies.no_restart())
    assert env._config.get_string("restart-strategy.type", "") == "none"


def test_job_parameters(env: StreamExecutionEnvironment) -> None:
    env.get_config().set_global_job_parameters({"path": "a:b,c", "n": 5})
    assert env.get_config().get_global_job_parameters() == {"path": "a:b,c", "n": "5"}


def test_options_are_made() -> None:
    assert repr(ConfigOptions.key("rate").int_type().default_value(5)) == "Key: 'rate', default: 5"
    assert repr(ConfigOptions.key("rate").string_type().no_default_value()) == "Key: 'rate', default: None"
