"""The interpreters of the sides. Virtual environments of the peers are made on demand and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from .process import SideError

BENCH = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "penstock"
SUPPORTED = ("3.11", "3.12", "3.10")
"""Versions for which every peer has wheels, the best one first."""


class Runtime(Enum):
    """What a side runs on."""

    PENSTOCK = "penstock"
    PLAIN = "plain"
    PEERS = "peers"
    FLINK = "flink"
    CARGO = "cargo"
    """No interpreter: an example of `rust/state`, built on demand."""


class Pythons:
    """Knows the command line and the environment of each runtime."""

    def __init__(self, ours: Path, flink: Path | None = None) -> None:
        self.ours = ours
        self._flink = flink
        self._ready: dict[Runtime, Path] = {Runtime.PENSTOCK: ours, Runtime.PLAIN: ours}

    def interpreter(self, runtime: Runtime) -> Path:
        """The interpreter, made ready if this is the first use of it."""
        if runtime not in self._ready:
            self._ready[runtime] = self._make(runtime)
        return self._ready[runtime]

    def _make(self, runtime: Runtime) -> Path:
        if runtime is Runtime.CARGO:
            return examples()
        if runtime is Runtime.PEERS:
            return environment(CACHE / "peers", BENCH / "requirements.txt", like=self.ours)
        if self._flink:
            return self._flink
        return environment(CACHE / "flink23", BENCH / "requirements-flink.txt", like=self.ours)

    def command(self, runtime: Runtime, script: Path, *options: str) -> list[str]:
        """The command up to the script's own arguments; with options of `penstock run`."""
        if runtime is Runtime.CARGO:
            return [str(self.interpreter(runtime) / script.name)]
        module = ["-m", "penstock", "run", *options] if runtime is Runtime.PENSTOCK else []
        return [str(self.interpreter(runtime)), *module, str(script)]

    def env(self, runtime: Runtime) -> dict[str, str]:
        """The environment of a side: this one's, without what belongs to another interpreter."""
        env = {
            key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        }
        env["PATH"] = f"{self.interpreter(runtime).parent}{os.pathsep}{env.get('PATH', '')}"
        if runtime is Runtime.FLINK:
            env["PYTHONPATH"] = str(BENCH / "flink")
        return env

    def check_ours(self) -> None:
        """Says what to do when our own side cannot run, before anything is measured."""
        done = subprocess.run([self.ours, "-c", "import penstock"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SideError(f"{self.ours} cannot import penstock; install the wheel first:\n{done.stderr.strip()}")


def examples() -> Path:
    """The folder of the examples of `rust/state`, which are built if they are not there yet."""
    root = BENCH.parent
    build = "cargo build --release --quiet -p penstock-state --examples && echo $CARGO_TARGET_DIR"
    command = ["bash", "-c", f". scripts/env.sh && {build}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SideError(f"{build} ended with code {done.returncode}\n{done.stderr[-4000:]}")
    return Path(done.stdout.strip()) / "release" / "examples"


def version(python: Path) -> str:
    """The interpreter's implementation and version, such as `CPython 3.11.7`."""
    code = "import platform as p; print(p.python_implementation(), p.python_version())"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def environment(folder: Path, requirements: Path, *, like: Path) -> Path:
    """A virtual environment with these requirements, on the Python version of `like` where the peers have it.

    A folder that already satisfies them is used as it is; the lock keeps two runs from filling the same one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _satisfied(folder, requirements):
            print(f"making {folder} (once)", file=sys.stderr, flush=True)
            if not python.exists():
                _checked([str(_base_python(like)), "-m", "venv", str(folder)])
            _checked([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
            _stamp(folder, requirements).touch()
    return python


def _stamp(folder: Path, requirements: Path) -> Path:
    return folder / f".installed-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"


def _satisfied(folder: Path, requirements: Path) -> bool:
    """Whether a run before this one, or somebody else, installed exactly these versions."""
    if _stamp(folder, requirements).exists():
        return True
    wanted = [line.split("==") for line in requirements.read_text().splitlines() if "==" in line]
    code = f"import importlib.metadata as m; assert all(m.version(n) == v for n, v in {wanted!r})"
    python = folder / "bin" / "python"
    return python.exists() and subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def _base_python(like: Path) -> Path:
    own = version(like).split()[1].rpartition(".")[0]
    for wanted in sorted(SUPPORTED, key=lambda supported: supported != own):
        for candidate in _candidates(wanted):
            return candidate
    raise SideError(f"no CPython {', '.join(SUPPORTED)} found on PATH or in pyenv; the peers have wheels for no other")


def _candidates(wanted: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob(f"versions/{wanted}.*/bin/python"))
    if found := shutil.which(f"python{wanted}"):
        yield Path(found)


def _checked(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SideError(f"{' '.join(command)} ended with code {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
