#!/usr/bin/env bash
# Build the wheels into build/wheel and install Penstock's into the test environment.
#
# The profile is the one of the Rust tests, so that RocksDB and librdkafka are compiled once for both.
set -euo pipefail
. "$(dirname "$0")/env.sh"
out=$ROOT/build/wheel
rm -rf "$out"
cd "$ROOT"
maturin build --release --locked --interpreter "$PYO3_PYTHON" --compatibility linux --out "$out"
"$VENV/bin/python" -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir "$out" compat/pyflink
"$TEST_VENV/bin/python" -m pip install --quiet --force-reinstall --no-deps "$out"/penstock-*.whl
