"""A real PostgreSQL, and what a test does with one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from services.process import HERE, Service, ServiceError, free_ports


class PostgresServer(Service):
    """One server on a free port, with a database of its own."""

    script = HERE / "postgres.sh"
    user = "test"
    password = "testsecret"

    def __init__(self, folder: Path, settings: str = "") -> None:
        (self._port,) = free_ports(1)
        self.url = f"postgresql://127.0.0.1:{self._port}/test"
        environment = {"POSTGRES_PORT": str(self._port), "POSTGRES_PASSWORD": self.password}
        super().__init__(folder, {**environment, "POSTGRES_SETTINGS": settings})

    @classmethod
    def lacking(cls) -> str | None:
        found = subprocess.run([str(cls.script), "fetch"], capture_output=True, text=True)
        return None if found.returncode == 0 and shutil.which("setpriv") else "there is no PostgreSQL on this machine"

    def query(self, sql: str) -> list[str]:
        """Run SQL; a line for each row, its columns joined by `|`."""
        programs = subprocess.run(
            [str(self.script), "fetch"], capture_output=True, text=True, check=True
        ).stdout.strip()
        command = [
            f"{programs}/psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(self._port),
            "-U",
            self.user,
            "-d",
            "test",
            "-Atqc",
            sql,
        ]
        done = subprocess.run(command, env={**os.environ, "PGPASSWORD": self.password}, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServiceError(f"{sql}: {done.stderr}")
        return done.stdout.splitlines()
