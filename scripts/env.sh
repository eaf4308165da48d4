# The environment in which Penstock is compiled. The Makefile's commands run in it, and so can you:
#
#   . scripts/env.sh && cargo check --release -p penstock-core
#
# Cargo compiles RocksDB and librdkafka anew when one of these variables changes, so every command uses this file.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
VENV=${VENV:-$ROOT/.venv}
TEST_VENV=${TEST_VENV:-$ROOT/.venv-test}
export ROOT VENV TEST_VENV

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
export PATH=$VENV/bin:$PATH

# pyo3 asks this interpreter what to build for. The signature is the one that maturin sets: without it, pyo3 would be
# compiled again whenever maturin and cargo take turns.
export PYO3_PYTHON=${PYO3_PYTHON:-$VENV/bin/python}
if [ -x "$PYO3_PYTHON" ]; then
  PYO3_ENVIRONMENT_SIGNATURE=$("$PYO3_PYTHON" -c '
import struct, sys
print("%s-%d.%d-%dbit" % (sys.implementation.name, *sys.version_info[:2], 8 * struct.calcsize("P")))')
  export PYO3_ENVIRONMENT_SIGNATURE
fi

# bindgen reads RocksDB's headers with libclang. The package from PyPI has the library but no headers of its own, so
# the C compiler's are used (gcc and clang both know the question).
if [ -z "${LIBCLANG_PATH:-}" ]; then
  for folder in "$VENV"/lib/python3*/site-packages/clang/native; do
    [ ! -d "$folder" ] || export LIBCLANG_PATH=$folder
  done
fi
if [ -z "${BINDGEN_EXTRA_CLANG_ARGS:-}" ] && command -v "${CC:-cc}" >/dev/null; then
  BINDGEN_EXTRA_CLANG_ARGS="-isystem $("${CC:-cc}" -print-file-name=include)"
  export BINDGEN_EXTRA_CLANG_ARGS
fi

# ccache, where there is one, stands in for the compilers by name: build scripts that understand CC in different ways
# all find it, and CC itself stays as it is.
if [ -z "${CC:-}${CXX:-}" ] && command -v ccache >/dev/null; then
  mkdir -p "$ROOT/build/ccache"
  for compiler in cc c++ gcc g++; do ln -sf "$(command -v ccache)" "$ROOT/build/ccache/$compiler"; done
  export PATH=$ROOT/build/ccache:$PATH
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$CARGO_TARGET_DIR} CCACHE_NOHASHDIR=1
fi
