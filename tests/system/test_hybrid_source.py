"""Sources one after another: files and then a topic, with kills before, at and after the switch."""

from __future__ import annotations

from pathlib import Path

from job_scripts import ENVIRONMENT, Scripts
from services import KafkaBroker

JOB = (
    ENVIRONMENT
    + """
import sys, time
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.file_system import FileSink, FileSource, RollingPolicy, StreamFormat
from pyflink.datastream.connectors.hybrid_source import HybridSource
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource

brokers, topic, slow = sys.argv[1:]
files = FileSource.for_record_stream_format(StreamFormat.text_line_format(), "in").build()
kafka = (
    KafkaSource.builder().set_bootstrap_servers(brokers).set_topics(topic)
    .set_starting_offsets(KafkaOffsetsInitializer.earliest()).set_bounded(KafkaOffsetsInitializer.latest())
    .set_value_only_deserializer(SimpleStringSchema()).build()
)
source = HybridSource.builder(files).add_source(kafka).build()

class Slow(MapFunction):
    def map(self, value):
        time.sleep(float(slow))
        return value

lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "both").uid("both")
sink = FileSink.for_row_format("out", Encoder.simple_string_encoder())
sink = sink.with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy()).build()
lines.map(Slow(), Types.STRING()).uid("slow").sink_to(sink).uid("sink")
env.execute("both")
"""
)


def _lines(folder: Path) -> list[str]:
    parts = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return [line for part in parts for line in part.read_text().splitlines()]


def test_each_record_of_both_counts_once_however_often_the_job_is_killed(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = kafka.create_topic("hybrid", partitions=2)
    (tmp_path / "in").mkdir()
    for number in range(4):
        (tmp_path / "in" / f"{number}.txt").write_text("".join(f"file {number} {i}\n" for i in range(300)))
    for partition in range(2):
        kafka.produce(topic, [f"topic {partition} {i}" for i in range(600)], partition=partition)
    expected = [f"file {n} {i}" for n in range(4) for i in range(300)]
    expected += [f"topic {p} {i}" for p in range(2) for i in range(600)]
    scripts = Scripts(tmp_path)
    scripts.write(JOB)
    checkpoints = [
        "-Dexecution.checkpointing.interval=50 ms",
        f"-Dexecution.checkpointing.dir=file://{tmp_path}/checkpoints",
        *("-s", "latest"),
    ]
    before_switch, after_switch = 0, 0
    for parallelism in ("1", "2", "1", "3"):
        options = [*checkpoints, "-p", parallelism, "job.py", kafka.bootstrap, topic, "0.001"]
        running = scripts.start("run", *options)
        running.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        running._process.kill()
        running.wait()
        seen = _lines(tmp_path / "out")
        before_switch += not any(line.startswith("topic") for line in seen)
        after_switch += any(line.startswith("topic") for line in seen)
    options = [*checkpoints, "-p", "2", "job.py", kafka.bootstrap, topic, "0"]
    scripts.run("run", *options, timeout=90).succeeded()
    assert sorted(_lines(tmp_path / "out")) == sorted(expected)
    assert before_switch, "some kills came while files were read"


def test_the_order_is_that_of_the_sources(tmp_path: Path) -> None:
    done = Scripts(tmp_path).job(
        """
from pyflink.datastream.connectors.hybrid_source import HybridSource
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from penstock.connectors.python import END_OF_SPLIT, Source, SplitReader
class Words(Source):
    def splits(self):
        return ["all"]
    def create_reader(self, split, position, context):
        return Reader()
class Reader(SplitReader):
    def poll(self, max_records):
        if self.position:
            return END_OF_SPLIT
        self.position = 1
        return ["here", "there"]
env.set_parallelism(1)
source = HybridSource.builder(NumberSequenceSource(1, 2)).add_source(Words()).add_source(NumberSequenceSource(8, 9))
env.from_source(source.build(), WatermarkStrategy.no_watermarks(), "all", Types.PICKLED_BYTE_ARRAY()).print()
env.execute()
"""
    )
    assert done.succeeded().split() == ["1", "2", "here", "there", "8", "9"]
