#!/usr/bin/env bash
# Build the wheel for each CPython given and run the Python tests on it, each in an environment of its own.
#
#   test-pythons.sh "3.10 3.11 ..." [PYTEST ARGUMENTS...]
#
# An interpreter is looked for on PATH and among pyenv's. One that is missing is named; with CI=true it is an error.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
versions=$1; shift
outcome=0
report=()

interpreter() { # VERSION: prints a python of that version
  local python
  for python in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
    if [ -x "$python" ] && "$python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
      echo "$python"; return
    fi
  done
  return 1
}

test_on() { # VERSION PYTHON [PYTEST ARGUMENTS...]
  local environment=$ROOT/build/python-$1 wheels=$ROOT/build/wheel-$1 python=$2
  shift 2
  scripts/venv.sh "$python" "$environment" scripts/requirements-test.txt
  rm -rf "$wheels"
  PYO3_PYTHON=$environment/bin/python maturin build --release --locked --compatibility linux \
    --interpreter "$environment/bin/python" --out "$wheels"
  "$environment/bin/python" -m pip install --quiet --force-reinstall --no-deps "$wheels"/penstock-*.whl
  "$environment/bin/python" -m pytest "$@"
}

for version in $versions; do
  if python=$(interpreter "$version"); then
    echo "== CPython $version ($python)"
    before=$SECONDS result=passed
    # In a shell of its own, for `set -e` would be off in a condition.
    set +e; (set -e; test_on "$version" "$python" "$@"); status=$?; set -e
    [ $status = 0 ] || { result=FAILED; outcome=1; }
    report+=("CPython $version: $result, $((SECONDS - before)) s")
  else
    report+=("CPython $version: not on this machine")
    [ "${CI:-}" != true ] || outcome=1
  fi
done
printf '%s\n' "${report[@]}"
exit $outcome
