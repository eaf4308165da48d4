#!/usr/bin/env bash
# Make a virtual environment and install pinned requirements into it.
#
#   venv.sh PYTHON FOLDER REQUIREMENTS
set -euo pipefail
[ -x "$2/bin/python" ] || "$1" -m venv "$2"
"$2/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$3"
