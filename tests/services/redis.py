"""A real Redis, and what a test does with one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import redis

from services.process import HERE, Service, free_ports


class RedisServer(Service):
    """One server on a free port."""

    script = HERE / "redis.sh"
    password = "testsecret"

    def __init__(self, folder: Path) -> None:
        (self._port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{self._port}/0"
        super().__init__(folder, {"REDIS_PORT": str(self._port), "REDIS_PASSWORD": self.password})

    @classmethod
    def lacking(cls) -> str | None:
        found = subprocess.run([str(cls.script), "fetch"], capture_output=True, text=True)
        return None if found.returncode == 0 else "there is no Redis on this machine"

    def client(self) -> redis.Redis:
        """A connection, whose answers are texts."""
        return redis.Redis(port=self._port, password=self.password, decode_responses=True)

    def hash(self, key: str) -> dict[str, str]:
        """The fields of a hash; none if there is no such key."""
        with self.client() as client:
            return {str(name): str(value) for name, value in client.hgetall(key).items()}
