"""Numbers go through a slow function to a sink: numbers_to_sink.py TO SECONDS WAY SINK.

WAY is how they come to the function: `chained`, `forward`, `rescale` or `rebalance`. SINK is `file OUT`, or
`kafka BOOTSTRAP TOPIC GUARANTEE`. A subtask says when its function is opened.
"""

import os
import sys
import time
from typing import Any

from pyflink.common import Encoder, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.file_system import FileSink, RollingPolicy
from pyflink.datastream.connectors.kafka import KafkaRecordSerializationSchema, KafkaSink
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.functions import MapFunction, RuntimeContext


class Slowly(MapFunction):
    """Makes text of numbers, and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def open(self, runtime_context: RuntimeContext) -> None:
        subtask, attempt = runtime_context.get_index_of_this_subtask(), runtime_context.get_attempt_number()
        # The line in one piece: print writes its end apart, and another task may come between.
        sys.stdout.write(f"subtask {subtask} is opened in attempt {attempt} by process {os.getpid()}\n")
        sys.stdout.flush()

    def map(self, value: int) -> str:
        time.sleep(self.seconds)
        return str(value)


def sink(kind: str, *where: str) -> Any:
    if kind == "file":
        rolling = RollingPolicy.on_checkpoint_rolling_policy()
        encoder = Encoder.simple_string_encoder()
        return FileSink.for_row_format(where[0], encoder).with_rolling_policy(rolling).build()
    bootstrap, topic, guarantee = where
    serializer = (
        KafkaRecordSerializationSchema.builder()
        .set_topic(topic)
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    return (
        KafkaSink.builder()
        .set_bootstrap_servers(bootstrap)
        .set_record_serializer(serializer)
        .set_delivery_guarantee(DeliveryGuarantee[guarantee])
        .set_transactional_id_prefix(topic)
        .build()
    )


def main(to: int, seconds: float, way: str, kind: str, *where: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_source(NumberSequenceSource(0, to), WatermarkStrategy.no_watermarks(), "numbers").uid("numbers")
    if way == "rescale":
        numbers = numbers.rescale()
    elif way == "rebalance":
        numbers = numbers.rebalance()
    texts = numbers.map(Slowly(seconds), Types.STRING()).name("slowly").uid("slowly")
    if way == "forward":
        texts = texts.disable_chaining()
    texts.sink_to(sink(kind, *where)).uid("sink")
    env.execute("numbers to sink")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:])
