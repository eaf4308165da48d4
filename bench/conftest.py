"""Lets the tests import the driver as it imports itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
