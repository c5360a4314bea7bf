#!/bin/sh
# Says what is missing in review.ini, or "complete".
cd "$(dirname "$0")" || exit 1
status=0

need() { # key pattern
    if ! grep -Eq "^$1[[:space:]]*=[[:space:]]*$2[[:space:]]*\$" review.ini; then
        echo "review.ini: $1 is missing or malformed" >&2
        status=1
    fi
}

need number '[0-9]{5}'
need reviewer '[a-z_]+'
need pid '[0-9]+'
need anon_rss_kb '[0-9]+'
need memory_max '[0-9]+'
[ "$status" -eq 0 ] && echo complete
exit "$status"
