#!/usr/bin/env bash
# Plans and prunes the nightly archives.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/backup.env"

case "${1:-}" in
plan)
    size=$2
    echo "parts $(((size + PART_MB - 1) / PART_MB))"
    ;;
prune)
    while read -r age name; do
        if ((age > KEEP_DAYS)); then printf '%s\n' "$name"; fi
    done
    ;;
volume)
    printf '%s\n' "$VOLUME"
    ;;
*)
    echo "usage: backup.sh plan SIZE_MB | prune | volume" >&2
    exit 64
    ;;
esac
