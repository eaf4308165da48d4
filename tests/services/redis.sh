#!/usr/bin/env bash
# A real Redis on loopback, which writes every command to disk before it answers.
#
#   redis.sh fetch                    prints the folder of its programs, which a package of the system brings
#   redis.sh start DIR                prints host:port; what was written to DIR before is still there
#   redis.sh stop | kill | status DIR
#
# Environment: REDIS_PORT (16379), REDIS_PASSWORD (none).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"

fetch() {
  local program
  program=$(command -v redis-server) || die "there is no Redis; its package is called redis-server"
  dirname "$program"
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
  REDISCLI_AUTH=${REDIS_PASSWORD:-} until_ready "$dir" "$bin/redis-cli" -p "$port" --no-auth-warning -e ping
  echo "127.0.0.1:$port" >"$dir/address"
}

serve "$@"
