#!/usr/bin/env bash
# Make a virtual environment and install pinned requirements into it.
#
#   venv.sh PYTHON FOLDER REQUIREMENTS
set -euo pipefail
[ -x "$2/bin/python" ] || "$1" -m venv "$2"
"$2/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$3"
# Packages whose own requirements are not wanted.
alone="${3%.txt}-no-deps.txt"
if [ -e "$alone" ]; then
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$alone"
fi
