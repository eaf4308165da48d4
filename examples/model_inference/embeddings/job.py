"""Embeds texts as they come, with a sentence model inside the job: Kafka in, PostgreSQL out, each text once.

Requests are JSON such as {"id": 7, "text": "My parcel has not arrived yet"}. The table gets a row for each with its
vector; a row that is written again after a failure is the same row.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy
from minilm import MiniLM, folder
from pyflink.common import Row, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource

from penstock import models
from penstock.datastream.connectors.postgres import PostgresSink
from penstock.extensions import map_batches

REQUEST = Types.ROW_NAMED(["id", "text"], [Types.INT(), Types.STRING()])
EMBEDDED = Types.ROW_NAMED(
    ["id", "text", "embedding"], [Types.INT(), Types.STRING(), Types.PRIMITIVE_ARRAY(Types.FLOAT())]
)


def parse(value: str) -> Row:
    request = json.loads(value)
    return Row(request["id"], request["text"])


class Embed:
    """Texts with their vectors. The tasks of a process share the model."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.model = models.load(str(folder() / "model.safetensors"), MiniLM)

    def __call__(self, requests: dict[str, numpy.ndarray]) -> dict[str, Any]:
        return {**requests, "embedding": self.model(requests["text"].tolist())}


def main(bootstrap: str, url: str, user: str, password_file: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.enable_checkpointing(1000)
    requests = (
        KafkaSource.builder()
        .set_bootstrap_servers(bootstrap)
        .set_topics("requests")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        # The example ends where the topic ends. Without this line it goes on with what comes.
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    rows = env.from_source(requests, WatermarkStrategy.no_watermarks(), "requests").map(parse, REQUEST)
    embedded = map_batches(rows, Embed(), output_type=EMBEDDED, batch_size=32, max_wait=0.05)
    sink = (
        PostgresSink.builder()
        .set_url(url)
        .set_user(user)
        .set_password(Path(password_file).read_text())
        .set_table("requests")
        .set_columns("id", "text", "embedding")
        .set_key_columns("id")
        .build()
    )
    embedded.sink_to(sink)
    env.execute("embeddings of requests")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    for name in ("bootstrap", "url", "user", "password-file"):
        arguments.add_argument(f"--{name}", required=True)
    main(**vars(arguments.parse_args()))
