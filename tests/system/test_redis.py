"""Jobs that keep a real Redis up to date, and are killed while they do."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts
from services import RedisServer

IMPORTS = (
    ENVIRONMENT
    + """
import os, time
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from penstock.connectors.redis import RedisCommand, RedisSink
"""
)


class Store:
    """Keys of its own, and jobs that write to them."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.server, self.scripts = server, Scripts(folder)
        self.prefix = uuid.uuid4().hex

    def sink(self, commands: str, more: str = "") -> str:
        return (
            f"RedisSink.builder().set_url({self.server.url!r}).set_password({self.server.password!r})"
            f".set_commands({commands}){more}.build()"
        )

    def write(self, script: str) -> None:
        self.scripts.write(IMPORTS + f"prefix = {self.prefix!r}\n" + script)

    def run(self, script: str, *options: str) -> Outcome:
        self.write(script)
        return self.scripts.run("run", *options, "job.py")


@pytest.fixture
def store(redis: RedisServer, tmp_path: Path) -> Store:
    """Keys that are not there yet."""
    return Store(redis, tmp_path)


def counts(sink: str, records: int) -> str:
    """Keeps the count and the last of ten kinds of numbers."""
    return f"""
class Count(KeyedProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
    def process_element(self, n, ctx):
        time.sleep(0.0003)
        self.count.update((self.count.value() or 0) + 1)
        yield n % 10, self.count.value(), n
from pyflink.datastream.state import ValueStateDescriptor
env.set_parallelism(1)
numbers = env.from_source(NumberSequenceSource(1, {records}), WatermarkStrategy.no_watermarks(), "numbers").uid("n")
numbers.key_by(lambda n: n % 10).process(Count()).uid("count").sink_to({sink}).uid("sink")
env.execute("counts")
"""


FEATURES = 'lambda r: RedisCommand.hset(f"{prefix}:{r[0]}", {"count": r[1], "last": r[2]})'


def test_the_effect_is_that_of_once_however_often_the_job_is_killed(store: Store, tmp_path: Path) -> None:
    checkpoints = [
        "-Dexecution.checkpointing.interval=50 ms",
        f"-Dexecution.checkpointing.dir=file://{tmp_path}/checkpoints",
        *("-s", "latest"),
    ]
    store.write(counts(store.sink(FEATURES, ".set_batch_size(20)"), 4000))
    for _ in range(2):
        running = store.scripts.start("run", *checkpoints, "job.py")
        running.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        running._process.kill()
        running.wait()
    seen = int(store.server.hash(f"{store.prefix}:1")["count"])
    assert 0 < seen < 400
    store.scripts.run("run", *checkpoints, "job.py").succeeded()
    for kind in range(10):
        expected = {"count": "400", "last": str(3990 + kind if kind else 4000)}
        assert store.server.hash(f"{store.prefix}:{kind}") == expected


def test_a_server_that_comes_back_is_written_to_again(tmp_path: Path, redis: RedisServer) -> None:
    server = RedisServer(tmp_path / "other")
    server.start()
    try:
        store = Store(server, tmp_path)
        store.write(counts(store.sink(FEATURES, ".set_batch_size(10).set_max_retries(20)"), 4000))
        started = store.scripts.start("run", "job.py")
        while not server.hash(f"{store.prefix}:1"):
            assert started._process.poll() is None
        server.kill()
        server.start()
        started.wait(timeout=60).succeeded()
        assert server.hash(f"{store.prefix}:1") == {"count": "400", "last": "3991"}
        assert "are sent again in" in (tmp_path / "stderr").read_text()
    finally:
        server.stop()


def test_commands_of_all_kinds(store: Store) -> None:
    script = f"""
def commands(n):
    return [
        RedisCommand.set(f"{{prefix}}:text", "ü"), RedisCommand.set(f"{{prefix}}:short", b"\\x00\\xff", 600_000),
        RedisCommand.zadd(f"{{prefix}}:top", {{"ann": 2.5, "bob": 1}}), RedisCommand("SADD", f"{{prefix}}:all", n),
        RedisCommand.set(f"{{prefix}}:gone", 1), RedisCommand.delete(f"{{prefix}}:gone"),
        RedisCommand.expire(f"{{prefix}}:all", 600_000),
    ] if n else []
env.from_collection([0, 3]).sink_to({store.sink("commands")})
env.execute()
"""
    store.run(script).succeeded()
    prefix = store.prefix
    with store.server.client() as client:
        assert client.get(f"{prefix}:text") == "ü"
        assert client.strlen(f"{prefix}:short") == 2
        assert client.zrange(f"{prefix}:top", 0, -1, withscores=True) == [("bob", 1), ("ann", 2.5)]
        assert client.smembers(f"{prefix}:all") == {"3"}
        assert not client.exists(f"{prefix}:gone")
        assert client.pttl(f"{prefix}:all") > 0 and client.pttl(f"{prefix}:short") > 0


def one_record(sink: str) -> str:
    return f"env.from_collection([1]).sink_to({sink})\nenv.execute()\n"


def test_what_would_count_twice_is_refused(store: Store) -> None:
    increment = "lambda n: RedisCommand('INCR', prefix)"
    error = store.run(one_record(store.sink(increment))).failed()
    assert "the command INCR has another effect when it is sent again" in error and "set_only_idempotent" in error
    store.run(one_record(store.sink(increment, ".set_only_idempotent(False)"))).succeeded()
    with store.server.client() as client:
        assert client.get(store.prefix) == "1"


def test_what_is_wrong_is_said(store: Store) -> None:
    wrong = store.sink(FEATURES).replace(store.server.password, "hush-hush")
    error = store.run(one_record(wrong)).failed()
    assert "Redis at 127.0.0.1" in error and "Password authentication failed" in error and "hush-hush" not in error
    nowhere = store.sink(FEATURES).replace(store.server.url, "redis://127.0.0.1:1")
    assert "Redis at 127.0.0.1:1" in store.run(one_record(nowhere)).failed()
    kinds = "lambda n: [RedisCommand.set(prefix, 'text'), RedisCommand.hset(prefix, {'a': 1})]"
    error = store.run(one_record(store.sink(kinds)), "-Drestart-strategy.type=fixed-delay").failed()
    assert "WRONGTYPE" in error and "RESTARTING" not in error
    none = store.sink("lambda n: RedisCommand.set(prefix, {'a': 1})")
    assert "Redis stores str, bytes, int and float, not {'a': 1}" in store.run(one_record(none)).failed()
