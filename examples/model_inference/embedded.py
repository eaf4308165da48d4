"""Fraud scores of card payments by a model inside the job: a CSV file -> ONNX Runtime -> a Kafka topic.

    pip install numpy scikit-learn onnx onnxruntime
    penstock run examples/model_inference/embedded.py                          # on an embedded Kafka
    penstock run examples/model_inference/embedded.py --kafka localhost:9092   # on yours, with a topic `scores`

It makes a file of payments and trains a model on some of them, scores all in batches, and at the end compares what is
in the topic with what the model says by itself.
"""

import argparse
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from sklearn.linear_model import LogisticRegression

from penstock import models
from penstock.extensions import flat_map_batches, map_batches

TOPIC = "scores"
FEATURES = ["amount", "hour", "kilometres"]
PAYMENT = Types.ROW_NAMED(["payment", *FEATURES], [Types.STRING(), Types.FLOAT(), Types.FLOAT(), Types.FLOAT()])
SCORED = Types.ROW_NAMED(["payment", "score", "model"], [Types.STRING(), Types.FLOAT(), Types.STRING()])


# What runs in the job.


def parsed(lines: list[str]):
    """The payments of lines of the file; its first line names the columns."""
    values, indices = [], []
    for place, line in enumerate(lines):
        payment, *features = line.split(",")
        if payment != "payment":
            values.append((payment, *map(float, features)))
            indices.append(place)
    return values, indices


class Score:
    """Scores of payments, each with the version of the model that made it."""

    def __init__(self, url: str):
        self.url = url

    def open(self, runtime_context):
        self.watched = models.watch(self.url, onnxruntime.InferenceSession, runtime_context=runtime_context)

    def __call__(self, payments: dict[str, numpy.ndarray]):
        features = numpy.column_stack([payments[name] for name in FEATURES])
        (scores,) = self.watched.model.run(None, {"features": features})
        return {"payment": payments["payment"], "score": scores[:, 0], "model": [self.watched.version] * len(scores)}

    def close(self):
        self.watched.close()


def as_json(scored: list):
    return [json.dumps(row.as_dict()) for row in scored]


def job(payments: pathlib.Path, model: pathlib.Path, bootstrap: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(payments)).build()
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "payments", Types.STRING())
    scored = map_batches(
        flat_map_batches(lines, parsed, output_type=PAYMENT), Score(str(model)), output_type=SCORED, batch_size=256
    )
    schema = KafkaRecordSerializationSchema.builder().set_topic(TOPIC)
    schema = schema.set_value_serialization_schema(SimpleStringSchema()).build()
    sink = KafkaSink.builder().set_bootstrap_servers(bootstrap).set_record_serializer(schema).build()
    map_batches(scored, as_json, output_type=Types.STRING()).sink_to(sink)
    env.execute("scores of payments")


# What is around it.


def make_payments(path: pathlib.Path, count: int) -> None:
    rng = numpy.random.default_rng(20)
    columns = [rng.lognormal(3, 1, count), rng.integers(0, 24, count), rng.exponential(30, count)]
    rows = zip(*[column.tolist() for column in columns], strict=True)
    lines = [f"p{number},{amount:.2f},{hour},{km:.1f}" for number, (amount, hour, km) in enumerate(rows)]
    path.write_text("\n".join([",".join(["payment", *FEATURES]), *lines]) + "\n")


def features_of(path: pathlib.Path) -> numpy.ndarray:
    return numpy.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2, 3), dtype=numpy.float32)


def train(features: numpy.ndarray, path: pathlib.Path) -> None:
    """Large payments far from home at night are called fraud; the model has to find that."""
    fraud = features @ [0.01, -0.05, 0.02] + numpy.random.default_rng(3).normal(0, 0.3, len(features)) > 1
    fitted = LogisticRegression(max_iter=1000).fit(features, fraud)
    weights = numpy_helper.from_array(fitted.coef_.T.astype(numpy.float32), "weights")
    bias = numpy_helper.from_array(fitted.intercept_.astype(numpy.float32), "bias")
    nodes = [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["score"]),
    ]
    given = helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(FEATURES)])
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph(nodes, "fraud", [given], [score], [weights, bias])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), str(path))


def written(bootstrap: str) -> dict[str, float]:
    """The scores in the topic."""
    env = StreamExecutionEnvironment.get_execution_environment()
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(bootstrap)
        .set_topics(TOPIC)
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "scores")
    with stream.execute_and_collect() as records:
        return {record["payment"]: record["score"] for record in map(json.loads, records)}


@contextlib.contextmanager
def embedded_kafka():
    command = [sys.executable, "-m", "penstock", "dev", "kafka", "--topic", TOPIC]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kafka:
        try:
            yield kafka.stdout.readline().strip()
        finally:
            kafka.terminate()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--kafka", metavar="HOST:PORT")
    arguments.add_argument("--payments", type=int, default=10_000, metavar="N")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        payments, model = pathlib.Path(folder, "payments.csv"), pathlib.Path(folder, "fraud.onnx")
        make_payments(payments, chosen.payments)
        features = features_of(payments)
        train(features[: len(features) // 5], model)
        bootstrap = chosen.kafka or stack.enter_context(embedded_kafka())
        job(payments, model, bootstrap)
        scores = written(bootstrap)
        (expected,) = onnxruntime.InferenceSession(str(model)).run(None, {"features": features})
    assert len(scores) == chosen.payments, f"{len(scores)} of {chosen.payments} payments are in the topic"
    found = numpy.array([scores[f"p{number}"] for number in range(chosen.payments)])
    assert numpy.allclose(found, expected[:, 0], atol=1e-5), "the model says something else"
    print(f"{len(scores)} payments scored as the model does by itself; {(found > 0.5).sum()} look like fraud")


if __name__ == "__main__":
    main()
