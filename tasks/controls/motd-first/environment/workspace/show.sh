#!/usr/bin/env bash
# Prints the message of the day in a frame. It must be one line.
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t lines < motd.txt
if [ "${#lines[@]}" -ne 1 ]; then
    echo "motd.txt has ${#lines[@]} lines, not 1" >&2
    exit 1
fi
rule=$(printf '%*s' "${#lines[0]}" '' | tr ' ' '-')
printf '+%s+\n|%s|\n+%s+\n' "$rule" "${lines[0]}" "$rule"
