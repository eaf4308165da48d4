#!/usr/bin/env bash
# Is there what the build cannot bring along? Says all that is missing at once, and how to get it.
#
#   prerequisites.sh PYTHON
set -u
python=${1:-python3}
rust=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$(dirname "$0")/../Cargo.toml" | head -n 1)
missing=()

want() { # WHAT HOW COMMAND...: remember WHAT as missing unless COMMAND succeeds
  local what=$1 how=$2; shift 2
  "$@" >/dev/null 2>&1 || missing+=("$what"$'\n'"      $how")
}

not_older() { # WANTED FOUND
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

rust_is_new_enough() { not_older "$rust" "$(cargo --version | cut -d' ' -f2)"; }
python_is_new_enough() { "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2])'; }
python_makes_environments() { "$python" -c 'import venv, ensurepip'; }
compiles() { # COMPILER SUFFIX: not only there, but able to make a program (a bare compiler has no C library)
  local folder status
  folder=$(mktemp -d)
  echo 'int main() { return 0; }' >"$folder/probe.$2"
  "$1" -o "$folder/probe" "$folder/probe.$2"; status=$?
  rm -rf "$folder"
  return $status
}

want "Rust $rust or newer" "rustup update stable, or see https://rustup.rs" rust_is_new_enough
if command -v cargo >/dev/null; then
  want "clippy and rustfmt" "rustup component add clippy rustfmt" sh -c 'cargo clippy --version && cargo fmt --version'
fi
want "Python 3.10 or newer ($python is not)" "install one and say which: make PYTHON=python3.12 ..." python_is_new_enough
want "Python's venv module" "apt-get install python3-venv" python_makes_environments
want "a C compiler (${CC:-cc})" "apt-get install build-essential, or dnf install gcc" compiles "${CC:-cc}" c
want "a C++ compiler (${CXX:-c++})" "apt-get install build-essential, or dnf install gcc-c++" compiles "${CXX:-c++}" cpp
# OpenSSL's Configure is a perl program; some distributions split perl's own modules off.
want "perl with its standard modules" "apt-get install perl, or dnf install perl-core" \
  perl -MFindBin -MIPC::Cmd -MFile::Basename -MFile::Compare -MFile::Copy -MFile::Path -MFile::Spec -MPOSIX -MTime::Local -e 1
[ ${#missing[@]} -gt 0 ] || exit 0
{
  echo "Penstock cannot be built here yet. Missing:"
  printf '  - %s\n' "${missing[@]}"
} >&2
exit 1
