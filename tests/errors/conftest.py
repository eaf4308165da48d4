"""The scripts of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import Scripts


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    """Scripts in a folder of their own."""
    return Scripts(tmp_path)
