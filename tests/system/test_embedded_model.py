"""The examples with models run by one command each, and check their result themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services import KafkaBroker

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "model_inference"


def run(name: str, *arguments: str) -> str:
    """Standard output of an example that has to succeed."""
    command = [sys.executable, "-m", "penstock", "run", str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_embedded_on_an_embedded_kafka() -> None:
    assert run("embedded.py", "--payments", "2000").startswith("2000 payments scored as the model does by itself")


def test_embedded_on_a_real_kafka(kafka: KafkaBroker) -> None:
    kafka.create_topic("scores", partitions=2)
    said = run("embedded.py", "--payments", "2000", "--kafka", kafka.bootstrap)
    assert said.startswith("2000 payments scored as the model does by itself")
