"""The commands of examples/model_inference end well: each compares what its job gave with what it had to give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "model_inference"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", sorted(EXAMPLES.glob("*/run.py")), ids=lambda path: path.parent.name)
def test_an_example(command: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(command)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert ended.returncode == 0, ended.stdout
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"make example NAME={command.parent.name}" in readme
