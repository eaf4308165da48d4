#!/usr/bin/env bash
# Does the hand-written stub of penstock._native say what the built module has? It is imported from the test
# environment, where the wheel is installed, by the mypy of the build environment.
set -euo pipefail
. "$(dirname "$0")/env.sh"
installed=$("$TEST_VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$ROOT"
# pyo3 gives every module an __all__, which says nothing that the stub does not.
MYPYPATH=python PYTHONPATH=$installed "$VENV/bin/stubtest" --mypy-config-file pyproject.toml --allowlist <(echo 'penstock\._native\.__all__') penstock._native
