"""What happens to a test when this machine lacks something it needs."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def end_for_lack_of(reason: str) -> NoReturn:
    """End the test: a skip on a user's machine, a failure where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI=true: nothing may be missing here)", pytrace=False)
    pytest.skip(reason)
