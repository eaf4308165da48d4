"""Objects of the API by themselves: getters, defaults and constants. Most of these PyFlink 2.3 has and cannot run."""

from __future__ import annotations

import copy
import datetime
import pickle
from pathlib import Path
from typing import Any

import pytest

from penstock.common import (
    CompletableFuture,
    ConfigOptions,
    Configuration,
    Duration,
    ExecutionConfig,
    JobExecutionResult,
    RestartStrategies,
    Row,
    Time,
    Types,
    TypeSerializer,
)
from penstock.common.completable_future import PENDING
from penstock.common.input_dependency_constraint import InputDependencyConstraint
from penstock.common.io import InputFormat
from penstock.datastream import (
    AsyncFunction,
    AsyncRetryStrategy,
    CheckpointConfig,
    EmbeddedRocksDBStateBackend,
    ExternalizedCheckpointRetention,
    FileSystemCheckpointStorage,
    HashMapStateBackend,
    JobManagerCheckpointStorage,
    OutputTag,
    PredefinedOptions,
    StreamExecutionEnvironment,
)
from penstock.datastream.data_stream import KeyedStream
from penstock.datastream.formats.csv import CsvSchema
from penstock.datastream.functions import AsyncFunctionDescriptor
from penstock.datastream.state import BroadcastState, ListState, MapState, MapStateDescriptor, OperatorStateStore
from penstock.datastream.utils import ResultTypeQueryable
from penstock.metrics import Counter, Meter, MetricGroup
from penstock.metrics.metricbase import Metric
from penstock.util.api_stability_decorators import Deprecated, Experimental, Internal, Public, PublicEvolving
from penstock.util.exceptions import NoJavaError


@pytest.mark.parametrize(
    ("name", "getter", "default"),
    [
        ("closure_cleaner", "is_closure_cleaner_enabled", True),
        ("force_kryo", "is_force_kryo_enabled", False),
        ("force_avro", "is_force_avro_enabled", False),
        ("object_reuse", "is_object_reuse_enabled", False),
        ("auto_generated_uids", "has_auto_generated_uids_enabled", True),
    ],
)
def test_switches(env: StreamExecutionEnvironment, name: str, getter: str, default: bool) -> None:
    config = env.get_config()
    get = getattr(config, getter)
    assert get() is default
    for way, expected in (("enable", True), ("disable", False), ("enable", True)):
        assert getattr(config, f"{way}_{name}")() is config
        assert get() is expected


def test_execution_config(env: StreamExecutionEnvironment) -> None:
    config = env.get_config()
    assert (ExecutionConfig.PARALLELISM_DEFAULT, ExecutionConfig.PARALLELISM_UNKNOWN) == (-1, -2)
    assert config.disable_generic_types().has_generic_types_disabled()
    assert not config.enable_generic_types().has_generic_types_disabled()
    assert config.get_default_kryo_serializer_classes() == {}
    assert config.get_registered_kryo_types() == config.get_registered_pojo_types() == []
    assert (config.get_auto_watermark_interval(), config.get_latency_tracking_interval()) == (200, 0)
    config.set_auto_watermark_interval(300).set_latency_tracking_interval(5)
    assert (config.get_auto_watermark_interval(), config.get_latency_tracking_interval()) == (300, 5)
    assert (config.get_task_cancellation_interval(), config.get_task_cancellation_timeout()) == (30_000, 180_000)
    config.set_task_cancellation_interval(1000).set_task_cancellation_timeout(2000)
    assert (config.get_task_cancellation_interval(), config.get_task_cancellation_timeout()) == (1000, 2000)
    config.set_parallelism(3).set_max_parallelism(64)
    assert (config.get_parallelism(), config.get_max_parallelism()) == (3, 64)
    assert not config.is_use_snapshot_compression()
    config.set_use_snapshot_compression(True)
    assert config.is_use_snapshot_compression()
    assert config == env.get_config() and hash(config) == hash(env.get_config())


def test_restart_strategies() -> None:
    no = RestartStrategies.NoRestartStrategyConfiguration()
    delay = RestartStrategies.FixedDelayRestartStrategyConfiguration()
    rate = RestartStrategies.FailureRateRestartStrategyConfiguration()
    back = RestartStrategies.FallbackRestartStrategyConfiguration()
    assert RestartStrategies.no_restart() == no and hash(RestartStrategies.no_restart()) == hash(no)
    assert RestartStrategies.fall_back_restart() == back
    assert RestartStrategies.fixed_delay_restart(1, 1000) == delay
    assert RestartStrategies.failure_rate_restart(1, 60_000, 1000) == rate
    second = datetime.timedelta(seconds=1)
    assert (delay.get_restart_attempts(), delay.get_delay_between_attempts_interval()) == (1, second)
    assert (rate.get_max_failure_rate(), rate.get_failure_interval()) == (1, 60 * second)
    assert rate.get_delay_between_attempts_interval() == second
    assert len({strategy.get_description() for strategy in (no, delay, rate, back)}) == 4


def test_checkpoint_config(env: StreamExecutionEnvironment) -> None:
    config: CheckpointConfig = env.get_checkpoint_config()
    assert config.get_checkpoint_timeout() == 600_000
    assert config.set_checkpoint_timeout(20_000).get_checkpoint_timeout() == 20_000
    assert config.set_min_pause_between_checkpoints(30).get_min_pause_between_checkpoints() == 30
    assert config.set_max_concurrent_checkpoints(2).get_max_concurrent_checkpoints() == 2
    assert config.set_tolerable_checkpoint_failure_number(4).get_tolerable_checkpoint_failure_number() == 4
    config.set_fail_on_checkpointing_errors(True)
    assert config.is_fail_on_checkpointing_errors()
    for retention, enabled in (
        (ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION, True),
        (ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION, True),
        (ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS, False),
    ):
        config.set_externalized_checkpoint_retention(retention)
        assert config.get_externalized_checkpoint_retention() == retention
        assert config.is_externalized_checkpoints_enabled() is enabled
    config.set_force_unaligned_checkpoints(True)
    assert config.is_force_unaligned_checkpoints()
    config.set_alignment_timeout(Duration.of_seconds(4))
    assert config.get_alignment_timeout() == config.get_aligned_checkpoint_timeout() == Duration.of_seconds(4)


def test_backends_and_storages() -> None:
    backend = EmbeddedRocksDBStateBackend()
    assert str(HashMapStateBackend()) == "HashMapStateBackend(state.backend.type=hashmap)"
    assert str(backend) == "EmbeddedRocksDBStateBackend(state.backend.type=rocksdb)"
    assert EmbeddedRocksDBStateBackend(True).is_incremental_checkpoints_enabled()
    backend.set_db_storage_paths("/tmp/a", "/tmp/b")
    assert backend.get_db_storage_paths() == ["/tmp/a", "/tmp/b"]
    for options in (
        PredefinedOptions.DEFAULT,
        PredefinedOptions.SPINNING_DISK_OPTIMIZED,
        PredefinedOptions.SPINNING_DISK_OPTIMIZED_HIGH_MEM,
        PredefinedOptions.FLASH_SSD_OPTIMIZED,
    ):
        backend.set_predefined_options(options)
        assert backend.get_predefined_options() == options
    backend.set_number_of_transfer_threads(6)
    assert backend.get_number_of_transfer_threads() == 6 and backend.get_options() is None
    storage = JobManagerCheckpointStorage()
    assert storage.get_checkpoint_path() is storage.get_savepoint_path() is None
    assert storage.get_max_state_size() == JobManagerCheckpointStorage.DEFAULT_MAX_STATE_SIZE == 5 << 20
    files = FileSystemCheckpointStorage("file:///tmp/checkpoints")
    assert files.get_checkpoint_path() == "file:///tmp/checkpoints" and files.get_savepoint_path() is None
    assert FileSystemCheckpointStorage.MAX_FILE_STATE_THRESHOLD == 1 << 20
    assert str(storage) == "JobManagerCheckpointStorage(None)"
    assert str(files) == "FileSystemCheckpointStorage(file:///tmp/checkpoints)"


def test_options_and_serializers() -> None:
    configuration = Configuration.from_dict({"a": "1"})
    assert copy.deepcopy(configuration) == configuration and str(configuration) == "{a=1}"
    builder = ConfigOptions.key("a.b")
    for typed in (builder.boolean_type, builder.long_type, builder.float_type, builder.double_type):
        assert typed().no_default_value() is not None
    assert ConfigOptions(None) is not None
    assert InputDependencyConstraint.ANY != InputDependencyConstraint.ALL
    tag = pickle.loads(pickle.dumps(OutputTag("late")))
    assert (tag.tag_id, tag.type_info) == ("late", OutputTag("late").type_info)

    class Numbers(TypeSerializer[int]):
        def serialize(self, element: int, stream: Any) -> None:
            stream.append(element)

        def deserialize(self, stream: Any) -> int:
            return int(stream.pop())

    stream: list[int] = []
    Numbers().serialize(3, stream)
    assert Numbers().deserialize(stream) == 3
    assert Numbers() == Numbers() and (Numbers() != Numbers()) is False and hash(Numbers()) == hash(Numbers())


def test_rows_have_no_other_attributes_than_their_fields() -> None:
    row = Row(name="Ada")
    for attribute in ("name", "born"):
        with pytest.raises(AttributeError, match=attribute):
            Row.__setattr__(row, attribute, 1815)
    assert row.name == "Ada" and not hasattr(row, "born")


def test_futures() -> None:
    answers: list[Any] = [PENDING, PENDING, 3]

    def wait(timeout: float | None) -> Any:
        return answers.pop(0)

    future = CompletableFuture(wait, str)
    assert not future.done()
    assert str(future) == "CompletableFuture[Not completed]"
    assert not future.cancel() and not future.cancelled()
    assert (future.result(), str(future)) == ("3", "CompletableFuture[Completed normally]")

    def fail(timeout: float | None) -> Any:
        raise ValueError("three")

    failed = CompletableFuture(fail)
    assert repr(failed.exception()) == "ValueError('three')"
    assert str(failed) == "CompletableFuture[Completed exceptionally: ValueError('three')]"


def test_a_result_tells_what_flink_tells() -> None:
    result = JobExecutionResult({"job_id": "0" * 32, "net_runtime_ms": 12})
    assert str(result) == (f"Program execution finished\nJob with JobID {'0' * 32} has finished.\nJob Runtime: 12 ms\n")


def test_values_are_the_same_in_the_engine() -> None:
    day = datetime.date(2020, 1, 31)
    for kind, value in ((Types.INT(), 3), (Types.SQL_DATE(), day), (Types.LIST(Types.STRING()), ["a"])):
        assert not kind.need_conversion()
        assert kind.to_internal_type(value) is value is kind.from_internal_type(value)


def test_schemas_and_formats_as_text() -> None:
    schema = CsvSchema.builder().add_string_column("name").set_column_separator(";").build()
    assert CsvSchema.__str__(schema) == str(schema)
    assert "name" in str(schema) and ";" in str(schema)


class Named(ResultTypeQueryable):
    def get_produced_type(self) -> Any:
        return Types.STRING()


def test_classes_for_those_who_extend_pyflink(env: StreamExecutionEnvironment) -> None:
    assert Named().get_produced_type() == Types.STRING()
    with pytest.raises(NotImplementedError, match="ResultTypeQueryable does not say"):
        ResultTypeQueryable().get_produced_type()
    with pytest.raises(TypeError, match="create_input takes an AvroInputFormat"):
        env.create_input(InputFormat("text"))
    with pytest.raises(NoJavaError, match=r"InputFormat.get_java_object"):
        InputFormat("text").get_java_object()
    assert issubclass(Counter, Metric) and issubclass(Meter, Metric) and not issubclass(MetricGroup, Metric)


def test_kinds_of_rolling_aggregations() -> None:
    kinds = KeyedStream.AccumulateType
    assert list(KeyedStream.AccumulateType) == [kinds.MIN, kinds.MAX, kinds.MIN_BY, kinds.MAX_BY, kinds.SUM]
    assert [kind.value for kind in kinds] == [1, 2, 3, 4, 5]


class Ask(AsyncFunction[Any, Any]):
    async def async_invoke(self, value: Any) -> list[Any]:
        return [value]


def test_asynchronous_functions_with_how_to_call_them() -> None:
    modes = AsyncFunctionDescriptor.OutputMode
    ask, never = Ask(), AsyncRetryStrategy.no_restart()
    for mode in (modes.ORDERED, modes.UNORDERED):
        described = AsyncFunctionDescriptor(ask, Time.seconds(1), 10, never, mode)
        assert described.async_function is ask and described.async_retry_strategy is never
        assert (described.timeout, described.capacity, described.output_mode) == (Time.seconds(1), 10, mode)


def test_python_executables_and_files_of_a_job(env: StreamExecutionEnvironment, tmp_path: Path) -> None:
    env.set_python_executable("/usr/bin/python3")
    assert env._config.get_string("python.executable", "") == "/usr/bin/python3"
    (tmp_path / "words.txt").write_text("stop")
    env.register_cached_file(str(tmp_path / "words.txt"), "words")
    registered = env._config.get_string("pipeline.cached-files", "")
    assert registered == f"name:words,path:{tmp_path}/words.txt,executable:false"
    with pytest.raises(FileNotFoundError, match=r"there is no .*nothing.txt"):
        env.register_cached_file(str(tmp_path / "nothing.txt"), "nothing", True)


class Dict(BroadcastState[Any, Any], MapState[Any, Any]):
    """A state in Python: what the states of the API make of its methods."""

    def __init__(self) -> None:
        self.all: dict[Any, Any] = {}
        self.get, self.contains = self.all.get, self.all.__contains__
        self.items, self.keys, self.values = self.all.items, self.all.keys, self.all.values

    get = contains = items = keys = values = None  # type: ignore[assignment]

    def put(self, key: Any, value: Any) -> None:
        self.all[key] = value

    def put_all(self, dict_value: dict[Any, Any]) -> None:
        self.all.update(dict_value)

    def remove(self, key: Any) -> None:
        self.all.pop(key, None)

    def is_empty(self) -> bool:
        return not self.all

    def clear(self) -> None:
        self.all.clear()


class Items(ListState[Any]):
    def get(self) -> list[int]:
        return [1, 2]

    add = add_all = update = clear = None  # type: ignore[assignment]


class Store(OperatorStateStore):
    def __init__(self) -> None:
        self.states: dict[str, Dict] = {}

    def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> Dict:
        return self.states.setdefault(state_descriptor.get_name(), Dict())


def test_a_store_of_states_is_for_others_to_write() -> None:
    with pytest.raises(TypeError, match="abstract"):
        OperatorStateStore()  # type: ignore[abstract]
    store, rules = Store(), MapStateDescriptor("rules", Types.STRING(), Types.INT())
    store.get_broadcast_state(rules).put_all({"a": 1})
    assert list(store.get_broadcast_state(rules).items()) == [("a", 1)]


def test_operators_of_states() -> None:
    state = Dict()
    state["a"] = 1
    assert state["a"] == 1 and "a" in state and list(state) == ["a"]
    del state["a"]
    assert state.is_empty() and list(Items()) == [1, 2]


@pytest.mark.parametrize(
    ("decorator", "note"),
    [
        (Public(), "public: stays over major versions"),
        (PublicEvolving(), "public: may change in a minor version"),
        (Experimental(), "experimental: may change at any time"),
        (Internal(), "internal: not for scripts"),
        (Deprecated("1.2"), "deprecated:: 1.2"),
        (Deprecated(since="1.2", detail="Use `other`."), "deprecated:: 1.2 Use `other`."),
    ],
)
def test_decorators_of_stability_add_a_note(decorator: Any, note: str) -> None:
    class Documented:
        """What it is for."""

    assert decorator(Documented) is Documented
    assert Documented.__doc__ is not None
    first, _, added = Documented.__doc__.partition("\n\n")
    assert first == "What it is for."
    assert added.startswith(".. ") and added.endswith(note)
