#!/usr/bin/env bash
# What the parts of a check take. `part.sh <name> <command>...` runs the command and notes its time, `part.sh` tells all that was noted and forgets it.
set -euo pipefail
notes=$(dirname "$0")/../build/parts

if [ $# = 0 ]; then
    [ -d "$notes" ] || exit 0
    printf '\n%-14s %8s %12s   %s\n' part seconds "of CPU" "load at its end"
    sort --key=2 --numeric-sort --reverse "$notes"/* | while read -r name seconds user system load; do
        printf '%-14s %8.0f %12.0f   %s\n' "$name" "$seconds" "$(awk "BEGIN { print $user + $system }")" "$load"
    done
    rm -r "$notes"
    exit
fi

mkdir -p "$notes"
name=$1 status=0 TIMEFORMAT='%R %U %S'
shift
exec 9>&2
{ time "$@" 2>&9 || status=$?; } 2>"$notes/.$name"
echo "$name $(tail -1 "$notes/.$name") $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo "-")" >"$notes/$name"
rm "$notes/.$name"
exit "$status"
