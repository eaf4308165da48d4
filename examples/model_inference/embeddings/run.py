"""Embeds requests into a PostgreSQL of its own, and looks whether each is nearest to another on its own topic."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "tests"), str(HERE.parent)]

from support import check, run_job  # noqa: E402

from services import KafkaBroker, PostgresServer  # noqa: E402

REQUESTS = {
    "delivery": ["My parcel has not arrived yet", "Where is the package that I ordered last week?"],
    "password": ["I cannot log in, my password is refused", "How do I reset the password of my account?"],
    "refund": ["Please give me my money back", "I want a refund for this purchase"],
    "screen": ["The display of the phone is cracked", "There is a broken line across my screen"],
}
TIMES = 25
"""How often each is asked, with another name each time."""


def made_requests() -> list[tuple[str, str]]:
    """Topics and texts, in an order of their own."""
    texts = [
        (topic, f"{text} (order {number})")
        for topic, texts in REQUESTS.items()
        for number in range(TIMES)
        for text in texts
    ]
    random.Random(3).shuffle(texts)
    return texts


def main() -> None:
    requests = made_requests()
    with (
        tempfile.TemporaryDirectory() as folder,
        KafkaBroker(Path(folder) / "kafka") as broker,
        PostgresServer(Path(folder) / "postgres") as server,
    ):
        broker.create_topic("requests", 2)
        values = [json.dumps({"id": number, "text": text}) for number, (_, text) in enumerate(requests)]
        broker.produce("requests", values)
        server.query("create table requests (id int primary key, text text, embedding real[])")
        password = Path(folder) / "password"
        password.write_text(server.password)
        arguments = {
            "bootstrap": broker.bootstrap,
            "url": server.url,
            "user": server.user,
            "password-file": str(password),
        }
        run_job(HERE / "job.py", *(word for name, value in arguments.items() for word in (f"--{name}", value)))
        rows = [row.split("|") for row in server.query("select text, embedding from requests order by id")]
    check([text for text, _ in rows] == [text for _, text in requests], f"{len(rows)} of {len(requests)} are there")
    vectors = numpy.array([json.loads(f"[{vector.strip('{}')}]") for _, vector in rows])
    alike = vectors @ vectors.T - 2 * numpy.eye(len(rows))
    topics = [topic for topic, _ in requests]
    strays = [rows[place][0] for place, near in enumerate(alike.argmax(1)) if topics[near] != topics[place]]
    check(not strays, f"nearest to another topic: {strays}")
    print(f"{len(rows)} texts embedded, each once; each is nearest to one on its own topic")


if __name__ == "__main__":
    main()
