"""Runs the job against a model server that goes away once on the way, and compares the scores with the model's own."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "tests"), str(HERE.parent)]

from flower_model import flower_model  # noqa: E402
from support import JobProcess, check  # noqa: E402

from services import KafkaBroker, S3Server  # noqa: E402
from services.process import free_ports  # noqa: E402

FLOWERS = 4_000
NAMES = ["id", "sepal_length", "sepal_width", "petal_length", "petal_width"]


class ModelServer:
    """uvicorn with server.py on one port."""

    def __init__(self, s3: S3Server, model: str) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | {
            "MODEL_URL": model,
            "AWS_ENDPOINT": s3.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": s3.region,
            "AWS_ACCESS_KEY_ID": s3.access_key,
            "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "server:app", "--port", str(self.port), "--log-level", "warning"]
        self._process = subprocess.Popen(command, cwd=HERE, env=self._environment)
        while not self._answers():
            check(self._process.poll() is None, "the model server has ended")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
            return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def write_flowers(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A CSV file of made-up flowers; their features."""
    rng = random.Random(5)
    features = [[round(rng.uniform(0.1, 8.0), 1) for _ in NAMES[1:]] for _ in range(FLOWERS)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([number, *row] for number, row in enumerate(features))
    return np.array(features, dtype=np.float32)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        KafkaBroker(Path(name) / "kafka") as broker,
        S3Server(Path(name) / "s3") as s3,
    ):
        folder = Path(name)
        model = flower_model()
        s3.request("PUT", f"/{s3.bucket('models')}/flowers.onnx", model)
        server = ModelServer(s3, "s3://models/flowers.onnx")
        features = write_flowers(folder / "flowers.csv")
        broker.create_topic("scores")
        with JobProcess(HERE / "job.py", str(folder / "flowers.csv"), server.url, broker.bootstrap) as job:
            broker.consume("scores", at_least=1)
            server.kill()
            server.start()
            job.wait()
        server.kill()
        scored = [json.loads(record.value or b"") for record in broker.consume("scores")]
    (wanted,) = onnxruntime.InferenceSession(model).run(None, {"features": features})
    check(sorted(found["id"] for found in scored) == list(range(FLOWERS)), "not every flower came out once")
    check(all(abs(found["score"] - wanted[found["id"]][0]) < 1e-6 for found in scored), "a score is not the model's")
    versions = {found["model"] for found in scored}
    print(f"{len(scored)} flowers scored by model {', '.join(versions)}, each once; the server was away for a moment")


if __name__ == "__main__":
    main()
