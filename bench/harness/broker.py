"""A Kafka broker of our own for the time of a benchmark."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from .process import SideError
from .pythons import BENCH, Pythons, Runtime

SERVICE = BENCH.parent / "tests" / "services" / "kafka.sh"


class Broker:
    """Started on first use, on free ports, with its data in a temporary folder; stopped by `close`."""

    def __init__(self, pythons: Pythons) -> None:
        self._pythons = pythons
        self._folder: Path | None = None
        self._address = ""

    @property
    def address(self) -> str:
        """`host:port` of the running broker."""
        if not self._address:
            self._start()
        return self._address

    def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="penstock-bench-kafka-"))
        port, controller = _free_ports(2)
        env = {
            **os.environ,
            "KAFKA_CONTROLLER_PORT": str(controller),
            "KAFKA_PORT": os.environ.get("KAFKA_PORT", str(port)),
        }
        done = subprocess.run([SERVICE, "start", self._folder], env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SideError(
                f"no Kafka broker: {SERVICE} start ended with code {done.returncode}\n{done.stderr[-4000:]}"
            )
        self._address = done.stdout.strip()

    def tool(self, script: str, *args: str) -> str:
        """Runs one of the scripts in `bench/kafka/` against the broker; gives what it printed."""
        command = [*self._pythons.command(Runtime.PEERS, BENCH / "kafka" / script), self.address, *args]
        env = self._pythons.env(Runtime.PEERS)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SideError(f"{' '.join(command)} ended with code {done.returncode}\n{done.stderr[-4000:]}")
        return done.stdout

    def close(self) -> None:
        """Stops the broker and removes its data."""
        if self._folder is None:
            return
        done = subprocess.run([SERVICE, "stop", self._folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"stopping the broker failed: {done.stderr.strip()}", file=sys.stderr)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._address = None, ""


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
