# What the service scripts have in common. Sourced by them, never run by itself.
#
# A service writes only below the folder it is given; what it downloads is kept in $SERVICES_CACHE.
set -euo pipefail
SERVICE=$(basename "$0" .sh)
CACHE=${SERVICES_CACHE:-$HOME/.cache/penstock/services}
START_SECONDS=${SERVICES_START_SECONDS:-90}
STOP_SECONDS=${SERVICES_STOP_SECONDS:-30}

say() { echo "$SERVICE: $*" >&2; }
die() { say "$@"; exit 1; }

# --- the process -----------------------------------------------------------------------------------------------

# A pid alone can be somebody else's by now, so the start time (field 22 of /proc/PID/stat) is kept beside it.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
is_running() { case $(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1) in Z | X | '') return 1 ;; esac; }

running_pid() { # DIR: prints the pid of the service that was launched in DIR, or fails
  local pid when
  read -r pid when 2>/dev/null <"$1/pid" || return 1
  [ -n "$when" ] && [ "$(started_at "$pid")" = "$when" ] && is_running "$pid" && echo "$pid"
}

# launch DIR COMMAND...: in a session of its own, without our open files, output to DIR/log
launch() {
  local dir=$1 fd; shift
  [ ! -e "$dir/log" ] || mv -f "$dir/log" "$dir/log.previous"
  (
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      case $fd in 0 | 1 | 2 | 255) ;; *) eval "exec $fd>&-" 2>/dev/null || true ;; esac
    done
    exec setsid "$@" </dev/null >"$dir/log" 2>&1
  ) &
  echo "$! $(started_at $!)" >"$dir/pid"
  disown
}

# until_ready DIR COMMAND...: polls COMMAND; a service that dies meanwhile is reported at once, with its last lines
until_ready() {
  local dir=$1 deadline=$((SECONDS + START_SECONDS)); shift
  until "$@" >/dev/null 2>&1; do
    if ! running_pid "$dir" >/dev/null; then
      tail -n 30 "$dir/log" >&2; rm -f "$dir/pid"
      die "ended while starting (whole log: $dir/log)"
    fi
    if [ $SECONDS -ge $deadline ]; then
      tail -n 30 "$dir/log" >&2; end_process "$dir" KILL
      die "not ready after $START_SECONDS s (whole log: $dir/log)"
    fi
    sleep 0.1
  done
}

# end_process DIR SIGNAL: returns when the process is gone; what does not go on SIGNAL goes on SIGKILL
end_process() {
  local dir=$1 signal=$2 pid deadline=$((SECONDS + STOP_SECONDS))
  if pid=$(running_pid "$dir"); then
    kill -s "$signal" "$pid" 2>/dev/null || true
    while is_running "$pid"; do
      if [ $SECONDS -ge $deadline ]; then
        say "still there $STOP_SECONDS s after SIG$signal, killing it"
        kill -s KILL "$pid" 2>/dev/null || true
        deadline=$((deadline + STOP_SECONDS))
      fi
      sleep 0.05
    done
  fi
  rm -f "$dir/pid" "$dir/address"
}

# --- the network -----------------------------------------------------------------------------------------------

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_must_be_free() { ! port_answers "$1" || die "port $1 of 127.0.0.1 is taken"; }
http_ok() { # PORT PATH: does a GET answer 200? (no curl on a bare machine)
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&3 &&
    read -r -t 5 status <&3 && [[ $status == *' 200'* ]]
}

# --- the download ----------------------------------------------------------------------------------------------

# cached NAME COMMAND: COMMAND FOLDER fills the folder $CACHE/NAME, once; whoever comes second waits for the first
# (`set -e` is off inside COMMAND, as always below a `||`: its steps are joined by `&&`)
cached() {
  local place=$CACHE/$1 fill=$2 part
  if [ ! -d "$place" ]; then
    mkdir -p "$CACHE"
    (
      flock 9
      [ ! -d "$place" ] || exit 0
      say "fetching $1 (only this once)"
      part=$(mktemp -d "$CACHE/$1.part.XXXXXX")
      trap 'chmod -R u+w "$part"; rm -rf "$part"' EXIT
      "$fill" "$part" >&2 9>&- || exit 1
      chmod 755 "$part"
      mv "$part" "$place"
      trap - EXIT
    ) 9>"$CACHE/$1.lock" || die "could not fetch $1"
  fi
  echo "$place"
}

# --- Java ------------------------------------------------------------------------------------------------------

java_17() { # prints a java of version 17 or newer
  local java major
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    [ -x "$java" ] || continue
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${major:-0}" -lt 17 ] || { echo "$java"; return; }
  done
  die "it needs Java 17 or newer, and there is none"
}

# --- the command line ------------------------------------------------------------------------------------------

# What ends a service; one that is more than a process has its own.
end_service() { end_process "$@"; } # DIR SIGNAL

# serve "$@": each script defines fetch (prints where the software is) and start DIR (ends by writing DIR/address)
serve() {
  local verb=${1:-} dir
  if [ "$verb" = fetch ]; then fetch; return; fi
  [ $# -eq 2 ] || { say "usage: $SERVICE.sh fetch | start DIR | stop DIR | kill DIR | status DIR"; exit 2; }
  mkdir -p "$2"; dir=$(cd "$2" && pwd -P)
  exec 8>"$dir/.lock"; flock 8
  case $verb in
    start) running_pid "$dir" >/dev/null && [ -s "$dir/address" ] || { end_service "$dir" KILL; start "$dir"; }
           cat "$dir/address" ;;
    stop) end_service "$dir" "${STOP_SIGNAL:-TERM}" ;;
    kill) end_service "$dir" "${KILL_SIGNAL:-KILL}" ;;
    status) running_pid "$dir" >/dev/null && cat "$dir/address" || { echo stopped; exit 3; } ;;
    *) die "unknown verb $verb" ;;
  esac
}
