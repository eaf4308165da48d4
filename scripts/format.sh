#!/usr/bin/env bash
# Format the Rust and the Python code; with --check, only say whether they are formatted.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
cargo fmt --all -- "$@"
ruff format "$@"
