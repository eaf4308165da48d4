#!/usr/bin/env bash
# Run one stage of the build in its environment and note how long it took.
#
#   timed.sh STAGE COMMAND...      prints "STAGE: seconds" at the end and adds a line to build/times.tsv
#   timed.sh --last STAGE ...      the same, but the command's own last line stays the last one
#   timed.sh --reset               forgets the stages noted so far
#   timed.sh --table               prints them
set -euo pipefail
. "$(dirname "$0")/env.sh"
TIMES=$ROOT/build/times.tsv

table() {
  [ ! -s "$TIMES" ] || awk -F '\t' '{ printf "%-24s %8.1f s  %s\n", $1, $2, $3; all += $2 }
    END { printf "%-24s %8.1f s\n", "all stages", all }' "$TIMES"
}

case ${1:-} in
  --reset) rm -f "$TIMES"; exit ;;
  --table) table; exit ;;
  --last) last=yes; shift ;;
  *) last= ;;
esac

stage=$1; shift
mkdir -p "$ROOT/build"
[ -n "$last" ] || printf '\n== %s\n' "$stage"
before=$EPOCHREALTIME
status=0
"$@" || status=$?
after=$EPOCHREALTIME
took=$(((${after/[.,]/} - ${before/[.,]/}) / 100000))
outcome=ok; [ "$status" = 0 ] || outcome=failed
printf '%s\t%d.%d\t%s\n' "$stage" $((took / 10)) $((took % 10)) "$outcome" >>"$TIMES"
[ -n "$last" ] || printf '== %s: %d.%d s, %s\n' "$stage" $((took / 10)) $((took % 10)) "$outcome"
exit "$status"
