"""Connectors: the options that the engine gets, and what is missing or wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock._runtime import load
from penstock.common import Duration, Encoder, Row, SimpleStringSchema, Types, WatermarkStrategy
from penstock.common.serialization import ByteArraySchema, RowFieldExtractorSchema
from penstock.datastream import StreamExecutionEnvironment
from penstock.datastream.connectors import DeliveryGuarantee
from penstock.datastream.connectors.base import StreamTransformer, SupportsPreprocessing
from penstock.datastream.connectors.file_system import (
    BucketAssigner,
    FileCompactor,
    FileCompactStrategy,
    FileEnumeratorProvider,
    FileSink,
    FileSource,
    FileSplitAssignerProvider,
    OutputFileConfig,
    RollingPolicy,
    StreamFormat,
    StreamingFileSink,
)
from penstock.datastream.connectors.kafka import (
    FlinkKafkaConsumer,
    FlinkKafkaProducer,
    KafkaOffsetResetStrategy,
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
    KafkaTopicSelector,
    Semantic,
    TransactionNamingStrategy,
)
from penstock.datastream.connectors.number_seq import NumberSequenceSource
from penstock.datastream.formats.avro import AvroBulkWriters, AvroSchema, GenericRecordAvroTypeInfo
from penstock.datastream.formats.csv import CsvBulkWriters, CsvReaderFormat, CsvSchema
from penstock.datastream.formats.parquet import (
    AvroParquetReaders,
    AvroParquetWriters,
    ParquetBulkWriters,
    ParquetColumnarRowInputFormat,
)
from penstock.table import DataTypes
from penstock.util.exceptions import NotInPenstockError

Nodes = Callable[[], list[dict[str, Any]]]
NONE = WatermarkStrategy.no_watermarks()


def source() -> Any:
    return KafkaSource.builder().set_bootstrap_servers("k:9092").set_value_only_deserializer(SimpleStringSchema())


def test_kafka_source(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    built = (
        source()
        .set_topics("a", "b")
        .set_group_id("g")
        .set_starting_offsets(KafkaOffsetsInitializer.committed_offsets(KafkaOffsetResetStrategy.EARLIEST))
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_client_id_prefix("me")
        .set_property("isolation.level", "read_committed")
        .build()
    )
    env.from_source(built, NONE, "orders").print()
    assert nodes()[0] == {
        "id": 1,
        "name": "Source: orders",
        "parallelism": 2,
        "operator": {
            "kind": "source",
            "connector": "kafka",
            "options": {
                "properties": {"bootstrap.servers": "k:9092", "group.id": "g", "isolation.level": "read_committed"},
                "bootstrap_servers": "k:9092",
                "group_id": "g",
                "subscription": {"topics": ["a", "b"]},
                "starting_offsets": {"kind": "committed", "reset": "EARLIEST"},
                "stopping_offsets": {"kind": "latest"},
                "bounded": True,
                "client_id_prefix": "me",
            },
            "decoder": {"kind": "utf8"},
            "watermarks": {"generator": {"kind": "none"}},
        },
        "output_type": {"type": "STRING"},
    }


@pytest.mark.parametrize(
    ("initializer", "form"),
    [
        (KafkaOffsetsInitializer.earliest(), {"kind": "earliest"}),
        (KafkaOffsetsInitializer.timestamp(5), {"kind": "timestamp", "timestamp": 5}),
        (KafkaOffsetsInitializer.committed_offsets(), {"kind": "committed", "reset": "NONE"}),
        (
            KafkaOffsetsInitializer.offsets({KafkaTopicPartition("b", 1): 7, KafkaTopicPartition("a", 0): 3}),
            {"kind": "offsets", "offsets": [["a", 0, 3], ["b", 1, 7]], "reset": "EARLIEST"},
        ),
    ],
)
def test_offsets(initializer: KafkaOffsetsInitializer, form: dict[str, Any]) -> None:
    built = source().set_topic_pattern("a.*").set_starting_offsets(initializer).build()
    options = built._source_operator().options
    assert options["starting_offsets"] == form
    assert options["subscription"] == {"pattern": "a.*"}


def test_single_partitions() -> None:
    built = source().set_partitions({KafkaTopicPartition("b", 1), KafkaTopicPartition("a", 0)}).build()
    assert built._source_operator().options["subscription"] == {"partitions": [["a", 0], ["b", 1]]}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: KafkaSource.builder().build(), ValueError, "set_bootstrap_servers"),
        (lambda: source().build(), ValueError, "set_topics, set_topic_pattern or set_partitions"),
        (lambda: source().set_topics("a").set_topic_pattern("b"), ValueError, r"reads the topics \['a'\] already"),
        (lambda: source().set_topics(["a"]), TypeError, "names of topics"),
        (lambda: source().set_value_only_deserializer(len), TypeError, "DeserializationSchema"),
        (lambda: source().set_starting_offsets("earliest"), TypeError, "KafkaOffsetsInitializer"),
        (lambda: source().set_property("a", 1), TypeError, "pair of str"),
        (lambda: KafkaOffsetsInitializer.timestamp(-1), ValueError, "milliseconds"),
        (lambda: KafkaSink.builder().build(), ValueError, "set_bootstrap_servers"),
        (lambda: KafkaSink.builder().set_bootstrap_servers("k").build(), ValueError, "set_record_serializer"),
        (lambda: sink(DeliveryGuarantee.EXACTLY_ONCE).build(), ValueError, "set_transactional_id_prefix"),
        (lambda: sink().set_transactional_id_prefix("ä" * 32_001), ValueError, "64000 bytes, not 64002"),
        (lambda: KafkaRecordSerializationSchema.builder().build(), ValueError, "needs a topic"),
        (lambda: KafkaRecordSerializationSchema.builder().set_topic("t").build(), ValueError, "needs a serializer"),
        (
            lambda: KafkaRecordSerializationSchema.builder().set_topic("t").set_topic_selector(len),
            ValueError,
            "exclude",
        ),
        (lambda: NumberSequenceSource(2, 1), ValueError, "at most end"),
        (lambda: SimpleStringSchema("klingon"), ValueError, "'klingon' is no character set"),
    ],
)
def test_what_is_missing_or_wrong(build: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()


def serializer(**more: Any) -> KafkaRecordSerializationSchema:
    builder = KafkaRecordSerializationSchema.builder().set_value_serialization_schema(SimpleStringSchema())
    if "selector" in more:
        return builder.set_topic_selector(more["selector"]).build()
    return builder.set_topic("out").build()


def sink(guarantee: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE) -> Any:
    builder = KafkaSink.builder().set_bootstrap_servers("k:9092").set_record_serializer(serializer())
    return builder.set_delivery_guarantee(guarantee)


def test_kafka_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    env.from_collection(["a"]).sink_to(
        sink(DeliveryGuarantee.EXACTLY_ONCE).set_transactional_id_prefix("p").set_property("linger.ms", "5").build()
    )
    assert nodes()[1] == {
        "id": 2,
        "name": "Sink: Writer",
        "parallelism": 2,
        "operator": {
            "kind": "sink",
            "connector": "kafka",
            "options": {
                "properties": {"bootstrap.servers": "k:9092", "linger.ms": "5"},
                "bootstrap_servers": "k:9092",
                "delivery_guarantee": "exactly-once",
                "transactional_id_prefix": "p",
                "transaction_naming": "incrementing",
                "topic": "out",
            },
            "encoder": {"kind": "record", "topic": "out", "value": {"kind": "utf8"}},
        },
        "inputs": [{"node": 1, "partitioner": {"kind": "forward"}}],
    }


def test_names_of_transactions(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    pooling = sink(DeliveryGuarantee.EXACTLY_ONCE).set_transactional_id_prefix("p")
    pooling.set_transaction_naming_strategy(TransactionNamingStrategy.POOLING)
    env.from_collection(["a"]).sink_to(pooling.build())
    assert nodes()[1]["operator"]["options"]["transaction_naming"] == "pooling"
    with pytest.raises(TypeError, match="takes a TransactionNamingStrategy"):
        sink().set_transaction_naming_strategy("pooling")


class ByLength(KafkaTopicSelector):
    def apply(self, data: Any) -> str:
        return f"topic-{len(data)}"


@pytest.mark.parametrize("selector", [ByLength(), lambda data: f"topic-{len(data)}"])
def test_parts_of_a_record(env: StreamExecutionEnvironment, selector: Any) -> None:
    builder = KafkaRecordSerializationSchema.builder().set_topic_selector(selector)
    builder.set_key_serialization_schema(RowFieldExtractorSchema(0))
    builder.set_value_serialization_schema(ByteArraySchema()).set_header_provider(lambda data: [("n", b"1")])
    sink_builder = KafkaSink.builder().set_bootstrap_servers("k").set_record_serializer(builder.build())
    env.from_collection([b"a"]).sink_to(sink_builder.build())
    graph = env._graph()
    assert graph.nodes[1]["operator"]["encoder"] == {
        "kind": "record",
        "topic_selector": "topic:2",
        "key": {"kind": "function", "function": "schema:2"},
        "value": {"kind": "bytes"},
        "headers": "headers:2",
    }
    functions: Any = load(graph.functions)
    assert functions["topic:2"]("abc") == "topic-3"
    assert functions["headers:2"]("abc") == [("n", b"1")]
    assert functions["schema:2"].serialize((b"key", 1)) == b"key"
    with pytest.raises(TypeError, match="has to be bytes"):
        functions["schema:2"].serialize(("key", 1))


def test_other_character_sets_go_through_python(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    schema = SimpleStringSchema("latin-1")
    env.from_source(source().set_topics("a").set_value_only_deserializer(schema).build(), NONE, "x").print()
    assert nodes()[0]["operator"]["decoder"] == {"kind": "function", "function": "schema:1"}
    assert (schema.deserialize(b"\xe9"), schema.serialize("é")) == ("é", b"\xe9")


def test_kafka_of_flink_1(env: StreamExecutionEnvironment, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/jobs/billing.py"])
    properties = {"bootstrap.servers": "k:9092", "group.id": "g"}
    consumer = FlinkKafkaConsumer("in", SimpleStringSchema(), properties)
    assert consumer._source_operator().options["starting_offsets"] == {"kind": "committed", "reset": "LATEST"}
    consumer.set_start_from_earliest().set_commit_offsets_on_checkpoints(False)
    producer = FlinkKafkaProducer("out", SimpleStringSchema(), properties, semantic=Semantic.EXACTLY_ONCE)
    env.add_source(consumer, "old").add_sink(producer)
    read, written = nodes()
    assert read["name"] == "Source: old"
    assert read["operator"]["options"]["starting_offsets"] == {"kind": "earliest"}
    assert read["operator"]["options"]["properties"]["commit.offsets.on.checkpoint"] == "false"
    assert written["operator"]["options"]["delivery_guarantee"] == "exactly-once"
    assert written["operator"]["options"]["transactional_id_prefix"] == "billing-out"
    assert consumer.get_produced_type() == Types.STRING()


def test_where_kafka_of_flink_1_begins() -> None:
    properties = {"bootstrap.servers": "k:9092", "group.id": "g", "auto.offset.reset": "earliest"}
    consumer = FlinkKafkaConsumer(["a", "b"], SimpleStringSchema(), properties)

    def begins() -> Any:
        return consumer._source_operator().options["starting_offsets"]

    committed = {"kind": "committed", "reset": "EARLIEST"}
    assert consumer._source_operator().options["subscription"] == {"topics": ["a", "b"]}
    assert begins() == committed
    consumer.set_start_from_latest()
    assert begins() == {"kind": "latest"}
    consumer.set_start_from_timestamp(1_700_000_000_000)
    assert begins() == {"kind": "timestamp", "timestamp": 1_700_000_000_000}
    consumer.set_start_from_group_offsets()
    assert begins() == committed
    assert consumer.disable_filter_restored_partitions_with_subscribed_topics() is consumer


def test_what_kafka_of_flink_1_promises() -> None:
    def promised(producer: FlinkKafkaProducer) -> Any:
        return producer._sink_operator().options["delivery_guarantee"]

    def producer(semantic: Semantic) -> FlinkKafkaProducer:
        return FlinkKafkaProducer("out", SimpleStringSchema(), {"bootstrap.servers": "k:9092"}, semantic=semantic)

    assert promised(producer(Semantic.AT_LEAST_ONCE)) == "at-least-once"
    assert promised(producer(Semantic.NONE)) == "none"
    one = producer(Semantic.AT_LEAST_ONCE)
    assert one.set_flush_on_checkpoint(True) is one
    assert promised(one) == "at-least-once"
    assert promised(one.set_flush_on_checkpoint(False)) == "none"
    assert one.set_write_timestamp_to_kafka(True) is one.ignore_failures_after_transaction_timeout() is one
    assert one.set_log_failures_only(False) is one
    with pytest.raises(NotInPenstockError, match="set_log_failures_only"):
        one.set_log_failures_only(True)


def test_where_a_kafka_source_begins_and_ends() -> None:
    first, same, other = KafkaTopicPartition("a", 0), KafkaTopicPartition("a", 0), KafkaTopicPartition("a", 1)
    assert first == same and hash(first) == hash(same) and first != other
    starting = KafkaOffsetsInitializer.offsets({first: 3, other: 4}, KafkaOffsetResetStrategy.LATEST)
    built = source().set_topics("a").set_starting_offsets(starting)
    options = built.set_unbounded(KafkaOffsetsInitializer.timestamp(7)).build()._source_operator().options
    assert options["starting_offsets"] == {"kind": "offsets", "offsets": [["a", 0, 3], ["a", 1, 4]], "reset": "LATEST"}
    assert options["stopping_offsets"] == {"kind": "timestamp", "timestamp": 7}
    assert not options["bounded"]


class Doubled(StreamTransformer):
    """Prepares a stream for a sink."""

    def apply(self, ds: Any) -> Any:
        return ds.map(lambda value: value * 2)


def test_streams_are_prepared_for_a_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    record = KafkaRecordSerializationSchema.builder().set_topic("t")
    record = record.set_value_serialization_schema(SimpleStringSchema()).build()
    kafka = KafkaSink.builder().set_bootstrap_servers("k:9092").set_record_serializer(record).build()
    assert isinstance(kafka, SupportsPreprocessing) and kafka.get_transformer() is None
    Doubled().apply(env.from_collection(["a"], Types.STRING())).sink_to(kafka)
    assert [node["name"] for node in nodes()][1:] == ["Map", "Sink: Writer"]


def test_file_source(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    lines = StreamFormat.text_line_format()
    env.from_source(FileSource.for_record_stream_format(lines, "/a", "/b").build(), NONE, "files").print()
    watched = FileSource.for_record_stream_format(lines, "/c").monitor_continuously(Duration.of_seconds(2)).build()
    env.from_source(watched, NONE, "more").print()
    first, _, second, _ = nodes()
    assert first["operator"]["options"] == {
        "paths": ["/a", "/b"],
        "format": "text_line",
        "charset": "UTF-8",
        "monitor_interval_ms": None,
    }
    assert second["operator"]["options"]["monitor_interval_ms"] == 2000
    assert first["output_type"] == {"type": "STRING"}


def test_read_text_file(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    env.read_text_file("/a").print()
    assert nodes()[0]["operator"]["options"]["paths"] == ["/a"]


def test_file_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    text = Encoder.simple_string_encoder()
    stream = env.from_collection(["a"])
    stream.sink_to(FileSink.for_row_format("/out", text).build())
    stream.add_sink(
        StreamingFileSink.for_row_format("/out2", text)
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_output_file_config(OutputFileConfig.builder().with_part_prefix("p").with_part_suffix(".txt").build())
        .build()
    )
    first, second = (node["operator"]["options"] for node in nodes()[1:])
    assert first == {
        "path": "/out",
        "prefix": "part",
        "suffix": "",
        "rolling": {"part_size": 128 << 20, "rollover_interval_ms": 60_000, "inactivity_interval_ms": 60_000},
        "bucket": "date-time",
        "bucket_format": "yyyy-MM-dd--HH",
        "zone": None,
    }
    assert (second["path"], second["prefix"], second["suffix"]) == ("/out2", "p", ".txt")
    assert second["rolling"] == {"on_checkpoint": True}
    assert second["bucket"] == "base-path"
    assert nodes()[1]["operator"]["encoder"] == {"kind": "utf8"}


def test_csv(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    schema = (
        CsvSchema.builder()
        .add_number_column("id", DataTypes.INT())
        .add_array_column("a", "|")
        .add_columns_from(CsvSchema.builder().add_array_column("more", "/", DataTypes.DOUBLE()).build())
        .set_column_separator(";")
        .disable_quote_char()
        .set_use_header()
        .build()
    )
    format = CsvReaderFormat.for_schema(schema).with_ignore_parse_errors()
    env.from_source(FileSource.for_record_stream_format(format, "/in").build(), NONE, "rows").print()
    options = nodes()[0]["operator"]["options"]
    assert options["columns"] == [
        {"name": "id", "type": "INT"},
        {"name": "a", "type": "ARRAY", "element": {"type": "STRING"}, "element_separator": "|"},
        {"name": "more", "type": "ARRAY", "element": {"type": "DOUBLE"}, "element_separator": "/"},
    ]
    assert (options["separator"], options["quote"], options["header"], options["ignore_errors"]) == (
        ";",
        None,
        True,
        True,
    )
    assert nodes()[0]["operator"]["decoder"] == {"kind": "rows"}
    assert nodes()[0]["output_type"]["names"] == ["id", "a", "more"]


def test_csv_dialects() -> None:
    builder = (
        CsvSchema.builder().add_string_column("gone").clear_columns().add_boolean_column("b").add_array_column("a")
    )
    assert (builder.size(), len(builder)) == (2, 2)
    builder = (
        builder.set_allow_comments()
        .set_any_property_name("rest")
        .set_array_element_separator("/")
        .disable_array_element_separator()
        .remove_array_element_separator(1)
        .set_escape_char("\\")
        .set_quote_char("'")
        .set_line_separator("\r\n")
        .set_null_value("NULL")
        .set_skip_first_data_row()
        .set_strict_headers()
    )
    schema = builder.build()
    assert (schema.size(), len(schema)) == (2, 2)
    assert repr(schema) == str(schema) and "RowField(b, BooleanType(true), ...)" in str(schema)
    options = CsvReaderFormat.for_schema(schema)._format.options
    assert options == {
        "format": "csv",
        "columns": [
            {"name": "b", "type": "BOOLEAN"},
            {"name": "a", "type": "ARRAY", "element": {"type": "STRING"}, "element_separator": None},
        ],
        "separator": ",",
        "quote": "'",
        "escape": "\\",
        "line_separator": "\r\n",
        "comments": True,
        "extra_fields": True,
        "array_element_separator": None,
        "null_value": "NULL",
        "skip_first": True,
        "strict_header": True,
    }
    assert builder.disable_escape_char().build()._dialect()["escape"] is None
    with pytest.raises(ValueError, match=r"column 0 is no array with a separator"):
        builder.remove_array_element_separator(0)


def test_csv_sink(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    schema = CsvSchema.builder().add_number_column("id").add_string_column("a b").set_use_header().build()
    policy = RollingPolicy.on_checkpoint_rolling_policy()
    sink = FileSink.for_bulk_format("/out", CsvBulkWriters.for_schema(schema)).with_rolling_policy(policy).build()
    env.from_collection([Row(1, "x")]).sink_to(sink)
    operator = nodes()[1]["operator"]
    assert operator["options"]["format"] == {"format": "lines", "bulk": True, "end": "\n", "head": 'id,"a b"'}
    assert (operator["options"]["rolling"], operator["encoder"]["kind"]) == ({"on_checkpoint": True}, "function")


def test_what_file_formats_refuse() -> None:
    schema = CsvSchema.builder().add_number_column("id").build()
    with pytest.raises(TypeError, match=r"CsvReaderFormat.for_schema takes CsvSchema.builder"):
        CsvReaderFormat.for_schema(CsvSchema.builder())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"CsvSchema: the row type has no fields"):
        CsvSchema.builder().build()
    with pytest.raises(TypeError, match=r"add_number_column\('a'\) takes a type such as DataTypes.DOUBLE"):
        CsvSchema.builder().add_number_column("a", DataTypes.STRING())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Column separator must be a single char"):
        CsvSchema.builder().set_column_separator("||")
    with pytest.raises(TypeError, match=r"for_bulk_format takes e\.g\. ParquetBulkWriters"):
        FileSink.for_bulk_format("/out", None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"closed with every checkpoint"):
        sink = FileSink.for_bulk_format("/out", CsvBulkWriters.for_schema(schema))
        sink.with_rolling_policy(RollingPolicy.default_rolling_policy())


def test_file_options_that_the_engine_decides(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    source = (
        FileSource.for_record_stream_format(StreamFormat.text_line_format(), "/in")
        .process_static_file_set()
        .set_file_enumerator(FileEnumeratorProvider.default_splittable_file_enumerator())
        .set_file_enumerator(FileEnumeratorProvider.default_non_splittable_file_enumerator())
        .set_split_assigner(FileSplitAssignerProvider.locality_aware_split_assigner())
        .build()
    )
    sink = (
        FileSink.for_row_format("/out", Encoder.simple_string_encoder())
        .with_bucket_check_interval(1000)
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_output_file_config(OutputFileConfig("a", ".b"))
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .disable_compact()
        .build()
    )
    assert sink.get_transformer() is None
    env.from_source(source, NONE, "lines").sink_to(sink)
    read, written = (node["operator"]["options"] for node in nodes())
    assert read["monitor_interval_ms"] is None
    assert (written["prefix"], written["suffix"], written["rolling"]) == ("a", ".b", {"on_checkpoint": True})


def test_small_files_are_joined(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    strategy = FileCompactStrategy.builder().enable_compaction_on_checkpoint(10).set_size_threshold(100)
    strategy = strategy.set_num_compact_threads(2).build()
    rows = FileSink.for_row_format("/out", Encoder.simple_string_encoder())
    plain = CsvSchema.builder().add_number_column("id")
    lines = FileSink.for_bulk_format("/out", CsvBulkWriters.for_schema(plain.build()))
    stream = env.from_collection([Row(1)])
    stream.sink_to(rows.enable_compact(strategy, FileCompactor.concat_file_compactor(b"-\n")).build())
    stream.sink_to(lines.enable_compact(strategy, FileCompactor.identical_file_compactor()).build())
    stream.sink_to(lines.disable_compact().build())
    joined, identical, not_at_all = (node["operator"]["options"] for node in nodes()[1:])
    numbers = {"checkpoints": 10, "bytes": 100, "threads": 2}
    assert joined["compaction"] == {**numbers, "delimiter": [45, 10]}
    assert identical["compaction"] == {**numbers, "identical": True}
    assert "compaction" not in not_at_all


def test_files_that_cannot_be_joined_are_refused() -> None:
    strategy = FileCompactStrategy.builder().set_size_threshold(100).build()
    joining = FileCompactor.concat_file_compactor()
    header = CsvSchema.builder().add_number_column("id").set_use_header().build()
    with pytest.raises(ValueError, match="files of CSV with a header that are joined"):
        FileSink.for_bulk_format("/out", CsvBulkWriters.for_schema(header)).enable_compact(strategy, joining)
    of = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT())])
    with pytest.raises(ValueError, match="files of Parquet that are joined"):
        FileSink.for_bulk_format("/out", ParquetBulkWriters.for_row_type(of)).enable_compact(strategy, joining)
    with pytest.raises(TypeError, match="takes a FileCompactStrategy and a FileCompactor"):
        FileSink.for_row_format("/out", Encoder.simple_string_encoder()).enable_compact(strategy, "concat")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a number of checkpoints or a size"):
        FileCompactStrategy.builder().build()
    with pytest.raises(ValueError, match="after 1 checkpoint or more, not 0"):
        FileCompactStrategy.builder().enable_compaction_on_checkpoint(0)


def test_bulk_formats_of_flink_1(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    schema = CsvSchema.builder().add_number_column("id").build()
    policy = RollingPolicy.on_checkpoint_rolling_policy()
    builder = StreamingFileSink.for_bulk_format("/out", CsvBulkWriters.for_schema(schema))
    builder = builder.with_bucket_check_interval(1000).with_rolling_policy(policy)
    env.from_collection([Row(1)]).add_sink(builder.build())
    assert nodes()[1]["operator"]["options"]["format"]["format"] == "lines"
    with pytest.raises(ValueError, match=r"closed with every checkpoint"):
        builder.with_rolling_policy(RollingPolicy.default_rolling_policy())


ROW_TYPE = DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT()), DataTypes.FIELD("s", DataTypes.STRING())])


def test_parquet(env: StreamExecutionEnvironment, nodes: Nodes) -> None:
    source = FileSource.for_bulk_file_format(ParquetColumnarRowInputFormat(ROW_TYPE, batch_size=10), "/in").build()
    sink = FileSink.for_bulk_format("/out", ParquetBulkWriters.for_row_type(ROW_TYPE)).build()
    env.from_source(source, NONE, "rows").sink_to(sink)
    read, written = (node["operator"] for node in nodes())
    assert read["options"] == {
        "format": "parquet",
        "columns": [{"name": "id", "type": "BIGINT"}, {"name": "s", "type": "STRING"}],
        "batch_size": 10,
        "utc_timestamp": False,
        "case_sensitive": True,
        "paths": ["/in"],
        "monitor_interval_ms": None,
    }
    assert read["decoder"] == {"kind": "rows"}
    assert nodes()[0]["output_type"]["names"] == ["id", "s"]
    assert written["options"]["rolling"] == {"on_checkpoint": True}
    assert (written["options"]["format"]["format"], written["encoder"]["kind"]) == ("parquet", "avro")
    names = [field["name"] for field in json.loads(written["encoder"]["schema"])["fields"]]
    assert names == ["id", "s"]


def test_avro(env: StreamExecutionEnvironment, nodes: Nodes, tmp_path: Path) -> None:
    text = '{"type": "record", "name": "R", "fields": [{"name": "id", "type": "long"}]}'
    (tmp_path / "schema.avsc").write_text(text)
    schema = AvroSchema.parse_file(str(tmp_path / "schema.avsc"))
    records = env.from_collection([{"id": 1}], GenericRecordAvroTypeInfo(schema))
    records.sink_to(FileSink.for_bulk_format("/a", AvroBulkWriters.for_generic_record(schema)).build())
    parquet = FileSource.for_record_stream_format(AvroParquetReaders.for_generic_record(schema), "/in").build()
    sink = FileSink.for_bulk_format("/b", AvroParquetWriters.for_generic_record(schema)).build()
    env.from_source(parquet, NONE, "rows").sink_to(sink)
    operators = [node["operator"] for node in nodes()]
    (read,) = [operator for operator in operators if operator["connector"] == "file" and operator["kind"] == "source"]
    assert (read["options"]["format"], read["options"]["names"], read["decoder"]) == (
        "parquet",
        ["id"],
        {"kind": "dicts"},
    )
    written = [operator for operator in operators if operator["kind"] == "sink"]
    assert [operator["options"]["format"]["format"] for operator in written] == ["avro", "parquet"]
    assert [operator["encoder"]["schema"] for operator in written] == [str(schema)] * 2


def test_what_bulk_formats_refuse() -> None:
    with pytest.raises(TypeError, match=r"ParquetBulkWriters.for_row_type takes a row type"):
        ParquetBulkWriters.for_row_type(DataTypes.INT())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"keys of the type STRING, not INT"):
        keys = DataTypes.MAP(DataTypes.INT(), DataTypes.INT())
        ParquetBulkWriters.for_row_type(DataTypes.ROW([DataTypes.FIELD("m", keys)]))
    with pytest.raises(ValueError, match=r"batch_size has to be above zero"):
        ParquetColumnarRowInputFormat(ROW_TYPE, batch_size=0)
    with pytest.raises(TypeError, match=r"for_bulk_file_format takes a format such as ParquetColumnarRowInputFormat"):
        FileSource.for_bulk_file_format(StreamFormat.text_line_format(), "/in")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"has to be that of a record"):
        AvroSchema.parse_string('"int"')


def test_graphs_are_json(env: StreamExecutionEnvironment) -> None:
    env.from_source(source().set_topics("a").build(), NONE, "x").print()
    assert json.loads(env._graph().json()) == {"nodes": env._graph().nodes}
