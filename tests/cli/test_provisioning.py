"""What a job brings along: packages of a requirements file, and archives, found by functions at any parallelism."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from job_scripts import Scripts

# What the functions do with it; the working directory of the script stays its own.
USING = """
import os
def used(n):
    import greeting_words
    with open("data/words.txt") as file:
        return f"{greeting_words.HELLO} {file.read()}"
before = os.getcwd()
env.from_collection([1, 2]).rebalance().map(used).print()
env.execute()
print("same folder", os.getcwd() == before)
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with the wheel of a package, as pip reads it without a network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = "greeting_words-1.0.dist-info"
    with zipfile.ZipFile(folder / "greeting_words-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting_words.py", "HELLO = 'hello'\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: greeting-words\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive with a file of words."""
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.txt", "world")
    return path


def requirements(folder: Path, line: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text(f"{line}\n")
    return path


@pytest.mark.parametrize("parallelism", [1, 2])
def test_functions_find_packages_and_archives(
    scripts: Scripts, tmp_path: Path, packages: Path, data: Path, monkeypatch: pytest.MonkeyPatch, parallelism: int
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wanted = requirements(tmp_path, "greeting-words==1.0")
    given = ["-p", str(parallelism), "-pyreq", f"{wanted}#{packages}", "-pyarch", f"{data}#data"]
    for _ in range(2):
        first, second, last = scripts.job(USING, *given).succeeded().splitlines()
        assert [line.split("> ")[-1] for line in (first, second)] == ["hello world"] * 2
        assert last == "same folder True"
    # The second run found the packages of the first, whose versions are pinned.
    assert len(list((tmp_path / "cache/penstock/requirements").iterdir())) == 1


def test_what_pip_says_is_shown(scripts: Scripts, tmp_path: Path, packages: Path) -> None:
    wanted = requirements(tmp_path, "no-such-package")
    said = scripts.job(USING, "-pyreq", f"{wanted}#{packages}").failed(2)
    assert f"python.requirements: the packages of {wanted} cannot be installed" in said
    assert "No matching distribution found for no-such-package" in said


def test_an_archive_stays_in_its_folder(scripts: Scripts, tmp_path: Path, data: Path) -> None:
    said = scripts.job(USING, "-pyarch", f"{data}#../elsewhere").failed(2)
    assert "the target '../elsewhere' is not a folder below the working directory" in said
    climbing = tmp_path / "climbing.tar"
    with tarfile.open(climbing, "w") as archive:
        archive.addfile(tarfile.TarInfo("../../climbed"), io.BytesIO())
    said = scripts.job(USING, "-pyarch", str(climbing)).failed(2)
    assert f"{climbing} cannot be unpacked" in said
    assert "climbed" in said


def test_neither_zip_nor_tar(scripts: Scripts) -> None:
    said = scripts.job(USING, "-pyarch", sys.executable).failed(2)
    assert "is neither a zip nor a tar archive" in said
