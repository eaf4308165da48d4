"""The distribution penstock-pyflink: `import pyflink` in a plain interpreter."""

from __future__ import annotations

import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The wheel that `make wheel` built beside Penstock's."""
    wheels = sorted((ROOT / "build" / "wheel").glob("penstock_pyflink-*.whl"))
    assert wheels, "build it with: make wheel"
    return wheels[-1]


class Environment:
    """A fresh virtual environment."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True)
        self.python = folder / "bin" / "python"
        self.packages = next((folder / "lib").glob("python3*/site-packages"))

    def install(self, wheel: Path) -> None:
        """Installing a wheel of pure Python is unpacking it."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)

    def see_penstock(self) -> None:
        """Let it import the Penstock that is being tested, and what that needs."""
        (self.packages / "tested.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.python, "-c", code], capture_output=True, text=True, timeout=60)


@pytest.fixture
def environment(tmp_path: Path, wheel: Path) -> Environment:
    made = Environment(tmp_path / "environment")
    made.install(wheel)
    return made


def output(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_pyflink_is_penstock(environment: Environment) -> None:
    environment.see_penstock()
    code = (
        "import pyflink.datastream, penstock.datastream\n"
        "from pyflink.common import Types\n"
        "from penstock.common import Types as ours\n"
        "print(pyflink.datastream is penstock.datastream, Types is ours)"
    )
    assert output(environment.run(code)) == "True True"


def test_a_real_pyflink_goes_first(environment: Environment) -> None:
    environment.see_penstock()
    real = environment.packages / "pyflink"
    real.mkdir()
    (real / "__init__.py").write_text("REAL = True\n")
    assert output(environment.run("import pyflink; print(pyflink.REAL)")) == "True"


def test_nothing_is_imported_before_it_is_needed(environment: Environment) -> None:
    environment.see_penstock()
    code = "import sys; print(sorted(name for name in sys.modules if name.startswith(('penstock', 'pyflink'))))"
    assert output(environment.run(code)) == "['penstock_pyflink']"


def test_without_penstock_the_error_says_what_to_install(environment: Environment) -> None:
    for attempt in ("import pyflink", "try: import pyflink\nexcept ImportError: pass\nimport pyflink.common"):
        done = environment.run(attempt)
        assert done.returncode == 1
        assert "pip install penstock" in done.stderr.splitlines()[-1]


def test_no_file_lies_under_pyflink(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "penstock_pyflink.pth" in names
    assert not [name for name in names if name.startswith("pyflink/")]
