#!/usr/bin/env bash
# Build what is published into dist/: a wheel for old and new Linux distributions, and the source distribution.
#
# zig is the C and C++ compiler, because it can link against a glibc older than this machine's.
#   GLIBC (2.17): the oldest glibc the wheel is to run on
set -euo pipefail
. "$(dirname "$0")/env.sh"
LIMIT_MB=40
glibc=${GLIBC:-2.17}
cd "$ROOT"
"$VENV/bin/python" -m pip install --quiet --requirement scripts/requirements-release.txt
rm -rf dist
maturin build --profile dist --locked --zig --compatibility "manylinux_${glibc/./_}" --interpreter "$PYO3_PYTHON" --out dist
maturin sdist --out dist
for wheel in dist/*.whl; do
  megabytes=$(($(stat -c %s "$wheel") / 1000000))
  echo "$wheel: $megabytes MB"
  [ "$megabytes" -le "$LIMIT_MB" ] || { echo "error: a wheel may have $LIMIT_MB MB" >&2; exit 1; }
done
