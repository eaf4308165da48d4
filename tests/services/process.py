"""A service run by one of the shell scripts beside this file."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import ClassVar, TypeVar

S = TypeVar("S", bound="Service")

HERE = Path(__file__).resolve().parent


class ServiceError(RuntimeError):
    """A service did not do what its script was asked for; the message is what the script said."""


class Service:
    """Start, stop and kill one service whose files are all in one folder. As a context it runs.

    A service keeps its port and its data from one start to the next, so a test can kill it and go on.
    """

    script: ClassVar[Path]

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = {**os.environ, **environment}

    def __enter__(self: S) -> S:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @classmethod
    def lacking(cls) -> str | None:
        """What this machine lacks to run the service, or None."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """Where the running service writes what it has to say."""
        return self._folder / "log"

    def start(self) -> None:
        """Start it and return when it answers; nothing happens if it runs already."""
        self._script("start")

    def stop(self) -> None:
        """Ask it to end (SIGTERM) and return when it has ended."""
        self._script("stop")

    def kill(self) -> None:
        """End it by SIGKILL, as a crash would."""
        self._script("kill")

    def _script(self, verb: str) -> str:
        command = [str(self.script), verb, str(self._folder)]
        # Errors go to a file: a pipe would stay open for as long as the service itself runs.
        errors = self._folder.with_suffix(".errors")
        with errors.open("w+") as stderr:
            done = subprocess.run(command, env=self._environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
            stderr.seek(0)
            if done.returncode != 0:
                raise ServiceError(f"{' '.join(command)} failed:\n{stderr.read()}")
        return done.stdout.strip()


def cache_folder() -> Path:
    """Where the scripts keep what they downloaded or built."""
    return Path(os.environ.get("SERVICES_CACHE") or Path.home() / ".cache/penstock/services")


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback interface that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
