"""Jobs that post to a real HTTP server, which refuses, fails and is slow."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts

IMPORTS = (
    ENVIRONMENT
    + """
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from penstock.connectors.http import BatchFormat, HttpSink
numbers = lambda n: env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers")
"""
)


class Collector:
    """A server on a free port. `answers` are given in turn, then 200; a request that has no `permits` waits for one."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.permits: threading.Semaphore | None = None
        self._lock = threading.Lock()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                collector._take(self)

            do_PUT = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/in?token=hush-hush"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if self.permits is not None:
            self.permits.acquire()
        with self._lock:
            status, headers, text = self.answers.pop(0) if self.answers else (200, {}, b"")
            if status < 300:
                self.bodies.append(body)
                self.headers.append({"method": request.command, **dict(request.headers.items())})
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def records(self) -> list[Any]:
        """The records of all bodies that are arrays."""
        return [record for body in self.bodies for record in json.loads(body)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A server that takes everything."""
    made = Collector()
    yield made
    made.close()


def run(folder: Path, script: str, *options: str) -> Outcome:
    scripts = Scripts(folder)
    scripts.write(IMPORTS + script)
    return scripts.run("run", *options, "job.py")


def posting(collector: Collector, more: str = "") -> str:
    return f"HttpSink.builder().set_url({collector.url!r}){more}.build()"


def test_records_come_in_batches_and_in_order(collector: Collector, tmp_path: Path) -> None:
    sink = posting(collector, ".set_batch_size(4).set_batch_interval_ms(0).set_header('X-Key', 'k')")
    run(tmp_path, f"env.set_parallelism(1)\nnumbers(10).sink_to({sink})\nenv.execute()").succeeded()
    assert [json.loads(body) for body in collector.bodies] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    first = collector.headers[0]
    assert (first["method"], first["content-type"], first["x-key"]) == ("POST", "application/json", "k")


def test_all_forms_of_bodies(collector: Collector, tmp_path: Path) -> None:
    lines = posting(collector, ".set_batch_format(BatchFormat.LINES)")
    single = posting(
        collector,
        ".set_batch_format(BatchFormat.SINGLE).set_method('PUT').set_header('Content-Type', 'text/plain')"
        ".set_serialization_schema(SimpleStringSchema())",
    )
    script = f"""
env.set_parallelism(1)
env.from_collection([Row(id=1, name="ü"), Row(2, None), {{"a": [1.5]}}]).sink_to({lines})
env.execute()
env.from_collection(["x", "y"], Types.STRING()).sink_to({single})
env.execute()
"""
    run(tmp_path, script).succeeded()
    assert collector.bodies == ['{"id":1,"name":"ü"}\n[2,null]\n{"a":[1.5]}\n'.encode(), b"x", b"y"]
    assert collector.headers[2]["method"] == "PUT" and collector.headers[2]["content-type"] == "text/plain"


def test_what_may_be_taken_later_is_sent_again(collector: Collector, tmp_path: Path) -> None:
    collector.answers = [(503, {}, b"busy"), (429, {"Retry-After": "0"}, b""), (200, {}, b"")]
    done = run(tmp_path, f"numbers(3).sink_to({posting(collector)})\nenv.set_parallelism(1)\nenv.execute()")
    done.succeeded()
    assert sorted(collector.records()) == [1, 2, 3]
    assert "503 Service Unavailable busy" in done.err and "hush-hush" not in done.err


def test_what_is_refused_ends_the_job_with_the_servers_words(collector: Collector, tmp_path: Path) -> None:
    collector.answers = [(422, {}, b"no field 'id'")] * 9
    restarts = "-Drestart-strategy.type=fixed-delay"
    error = run(tmp_path, f"numbers(3).sink_to({posting(collector)})\nenv.execute()", restarts).failed()
    assert "did not take 3 records: 422 Unprocessable Entity no field 'id'" in error
    assert "hush-hush" not in error and "RESTARTING" not in error
    collector.answers = [(500, {}, b"broken")] * 9
    sink = posting(collector, ".set_max_retries(1)")
    error = run(tmp_path, f"numbers(3).sink_to({sink})\nenv.execute()").failed()
    assert "failed 2 times: 500 Internal Server Error broken" in error


def test_a_slow_server_holds_the_job_back(collector: Collector, tmp_path: Path) -> None:
    collector.permits = threading.Semaphore(0)
    sink = posting(collector, ".set_batch_size(10).set_batch_interval_ms(0).set_max_in_flight_requests(2)")
    script = f"""
class Note(MapFunction):
    def map(self, n):
        with open("seen", "w") as file:
            file.write(str(n))
        return n
env.set_parallelism(1)
numbers(1000).map(Note(), Types.LONG()).sink_to({sink})
env.execute()
"""
    scripts = Scripts(tmp_path)
    scripts.write(IMPORTS + script)
    started = scripts.start("run", "job.py")
    for _ in range(5):
        collector.permits.release()
    while len(collector.bodies) < 5:
        assert started._process.poll() is None
    # Two requests are under way, one batch waits, and the task has stopped somewhere in the next few.
    assert int((tmp_path / "seen").read_text() or 0) < 500
    for _ in range(95):
        collector.permits.release()
    started.wait(60).succeeded()
    assert sorted(collector.records()) == list(range(1, 1001))


def test_records_since_the_last_checkpoint_come_again(collector: Collector, tmp_path: Path) -> None:
    script = f"""
import time
class Slow(MapFunction):
    def map(self, n):
        time.sleep(0.0005)
        return n
env.set_parallelism(1)
numbers(3000).uid("n").map(Slow(), Types.LONG()).uid("m").sink_to({posting(collector, ".set_batch_size(20)")}).uid("s")
env.execute("numbers")
"""
    checkpoints = [
        "-Dexecution.checkpointing.interval=50 ms",
        f"-Dexecution.checkpointing.dir=file://{tmp_path}/checkpoints",
        *("-s", "latest"),
    ]
    scripts = Scripts(tmp_path)
    scripts.write(IMPORTS + script)
    for _ in range(2):
        running = scripts.start("run", *checkpoints, "job.py")
        running.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        running._process.kill()
        running.wait()
    assert 0 < len(collector.records()) < 3000
    scripts.run("run", *checkpoints, "job.py").succeeded()
    assert sorted(set(collector.records())) == list(range(1, 3001))
