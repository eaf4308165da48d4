"""Counts words with a source and a sink written in Python: python_connectors.py BROKERS TOPIC ENDS TO SLOW_US.

The source reads partitions of a topic with another client than the engine's, and waits for records on threads of its
own. The sink writes files that are hidden until they are committed.
"""

import json
import os
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, TopicPartition
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor

from penstock.connectors.python import END_OF_SPLIT, Record, Sink, SinkWriter, Source, SourceSplit, SplitReader


class Topic(Source):
    """A topic up to these offsets; a split is a partition."""

    def __init__(self, brokers: str, topic: str, ends: list[int]) -> None:
        self.brokers, self.topic, self.ends = brokers, topic, ends

    def splits(self):
        return [SourceSplit(str(number), end) for number, end in enumerate(self.ends)]

    def create_reader(self, split, position, context):
        return Partition(self.brokers, self.topic, int(split.id), split.data, position or 0)


class Partition(SplitReader):
    """A partition; its position is the next offset."""

    def __init__(self, brokers: str, topic: str, number: int, end: int, position: int) -> None:
        self.consumer = Consumer({"bootstrap.servers": brokers, "group.id": topic, "enable.auto.commit": False})
        self.consumer.assign([TopicPartition(topic, number, position)])
        self.end, self.position, self.early = end, position, []

    def poll(self, max_records: int):
        if self.position >= self.end:
            return END_OF_SPLIT
        most = min(max_records, 100, self.end - self.position)
        messages, self.early = self.early or self.consumer.consume(most, 0), []
        for message in messages:
            if message.error() is not None:
                raise KafkaException(message.error())
            self.position = message.offset() + 1
        return [Record(message.value().decode(), message.timestamp()[1]) for message in messages]

    def wait(self, timeout: float) -> None:
        message = self.consumer.poll(timeout)
        if message is not None:
            self.early = [message]

    def close(self) -> None:
        self.consumer.close()


class Files(Sink):
    """Files in a folder, each with the lines between two checkpoints."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def create_writer(self, context):
        return Lines(self.folder, context)

    def commit(self, committables):
        for committable in committables:
            if not os.path.exists(final := f"{self.folder}/part-{committable.id}"):
                os.rename(committable.value, final)

    def abort(self, context):
        os.makedirs(self.folder, exist_ok=True)
        for name in os.listdir(self.folder):
            if name.startswith("."):
                subtask, began = map(int, name[1:].split("-")[:2])
                mine = subtask % context.parallelism == context.subtask
                if mine and began >= (context.restored_checkpoint or 0):
                    os.remove(f"{self.folder}/{name}")


class Lines(SinkWriter):
    """Writes a file between two checkpoints; its name has the subtask and the checkpoint after which it was begun."""

    def __init__(self, folder: str, context) -> None:
        self.folder, self.subtask = folder, context.subtask
        self.began, self.file = context.restored_checkpoint or 0, None

    def write(self, value, timestamp):
        if self.file is None:
            name = f".{self.subtask}-{self.began}-{uuid.uuid4().hex}"
            self.file = open(f"{self.folder}/{name}", "x", encoding="utf-8")  # noqa: SIM115 - until the checkpoint
        self.file.write(value + "\n")

    def prepare_commit(self, checkpoint_id):
        self.began = checkpoint_id
        if self.file is None:
            return []
        self.file.close()
        done, self.file = self.file.name, None
        return [done]


class Count(KeyedProcessFunction):
    """Numbers the records of a word."""

    def __init__(self, slow_us: int) -> None:
        self.seconds = slow_us / 1e6

    def open(self, runtime_context: RuntimeContext):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context):
        time.sleep(self.seconds)
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield f"{value} {count}"


def main(brokers: str, topic: str, ends: str, to: str, slow_us: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = Topic(brokers, topic, json.loads(ends)[topic])
    numbered = (
        env.from_source(source, WatermarkStrategy.for_monotonous_timestamps(), "words", Types.STRING())
        .key_by(lambda value: value.split()[0], Types.STRING())
        .process(Count(int(slow_us)), Types.STRING())
    )
    numbered.sink_to(Files(f"{to}/main"))
    env.execute("python connectors")


if __name__ == "__main__":
    main(*sys.argv[1:])
