"""A real Redis, and what a test does with one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from services.process import HERE, Service, ServiceError, free_ports


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
        return None if shutil.which("redis-server") else "there is no Redis on this machine"

    def query(self, *words: str) -> list[str]:
        """A command's answer, in lines."""
        programs = subprocess.run(
            [str(self.script), "fetch"], capture_output=True, text=True, check=True
        ).stdout.strip()
        command = [f"{programs}/redis-cli", "-p", str(self._port), "--no-auth-warning", "-e", *words]
        environment = {**os.environ, "REDISCLI_AUTH": self.password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServiceError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.splitlines()

    def hash(self, key: str) -> dict[str, str]:
        """The fields of a hash."""
        answer = self.query("HGETALL", key)
        return dict(zip(answer[::2], answer[1::2], strict=True))
