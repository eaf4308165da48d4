#!/usr/bin/env bash
# A real PostgreSQL on loopback. It refuses to run as root, and is then run by an unprivileged user.
#
#   postgres.sh fetch                    prints the folder of its programs, which a package of the system brings
#   postgres.sh start DIR                prints a connection URL; what was written to DIR before is still there
#   postgres.sh stop | kill | status DIR kill ends all its processes at once, so that the next start recovers as after a crash
#
# Environment: POSTGRES_PORT (15432), POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB (test), POSTGRES_BIN (folder of
#   initdb and postgres), POSTGRES_OS_USER (postgres, else nobody), POSTGRES_SETTINGS (more lines of configuration).
. "$(dirname "$(readlink -f "$0")")/_lib.sh"
STOP_SIGNAL=INT KILL_SIGNAL=QUIT

fetch() {
  local folder
  for folder in "${POSTGRES_BIN:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return; fi
  done
  die "there is no PostgreSQL; its package is called postgresql"
}

# Its data have to be within reach of the unprivileged user. Where DIR is not, they are below /var/tmp, and DIR/pg leads there.
place() { # DIR OS_USER: prints the folder
  local home=$1/pg
  if [ -z "$2" ]; then mkdir -p "$home"; echo "$home"; return; fi
  if [ -L "$home" ] && [ ! -d "$home" ]; then rm -f "$home"; fi
  if [ ! -L "$home" ]; then
    mkdir -p "$home"
    if ! setpriv --reuid "$2" --clear-groups test -x "$home" 2>/dev/null; then
      rmdir "$home"
      ln -s "$(mktemp -d /var/tmp/postgres-test.XXXXXX)" "$home"
    fi
  fi
  home=$(readlink -f "$home")
  chown "$2" "$home"
  echo "$home"
}

settings() { # HOME PORT
  cat <<S
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$1'
shared_buffers = 32MB
max_connections = 50
max_prepared_transactions = 20
${POSTGRES_SETTINGS:-}
S
}

start() {
  local dir=$1 port=${POSTGRES_PORT:-15432} user=${POSTGRES_USER:-test} db=${POSTGRES_DB:-test} os_user='' as=() bin home client
  bin=$(fetch); port_must_be_free "$port"
  if [ "$(id -u)" = 0 ]; then
    os_user=${POSTGRES_OS_USER:-$(id -un postgres 2>/dev/null || echo nobody)}
    as=(setpriv --reuid "$os_user" --regid "$(id -gn "$os_user")" --clear-groups)
  fi
  home=$(place "$dir" "$os_user")
  export PGPASSWORD=${POSTGRES_PASSWORD:-test}
  if [ ! -s "$home/data/PG_VERSION" ]; then
    (umask 077; echo "$PGPASSWORD" >"$home/password")
    [ -z "$os_user" ] || chown "$os_user" "$home/password"
    rm -rf "$home/data"
    (cd "$home" && env -u LC_ALL "${as[@]}" "$bin/initdb" -D "$home/data" -U "$user" --pwfile="$home/password" \
      -A scram-sha-256 -E UTF8 --locale=C --no-sync) >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; die "initdb failed"; }
    rm -f "$home/password"
    echo "include 'test.conf'" >>"$home/data/postgresql.conf"
  fi
  settings "$home" "$port" >"$home/data/test.conf"
  [ -z "$os_user" ] || chown "$os_user" "$home/data/test.conf"
  launch "$dir" env -C "$home" "${as[@]}" "$bin/postgres" -D "$home/data"
  client=("$bin/psql" -h 127.0.0.1 -p "$port" -U "$user" -d postgres -Atqc)
  until_ready "$dir" "${client[@]}" "select 1"
  [ -n "$("${client[@]}" "select 1 from pg_database where datname = '$db'")" ] || "${client[@]}" "create database \"$db\""
  echo "postgresql://$user:$PGPASSWORD@127.0.0.1:$port/$db" >"$dir/address"
}

serve "$@"
