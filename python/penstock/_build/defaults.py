"""What the command line hands to the environments that a script makes."""

from __future__ import annotations

RUNNING_UNDER_CLI = False
"""Whether `penstock run` has started the script: then parallelism is 1 unless something says otherwise."""

BASE_CONFIGURATION: dict[str, str] = {}
"""The configuration file's options and `-D`, which every environment starts from."""

ENGINE_LOG = "warn"
"""Which log lines of the engine are shown: a level or a filter."""
