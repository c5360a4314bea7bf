#!/usr/bin/env bash
# Prints the outage report as it is sent to the customers.
set -euo pipefail
cd "$(dirname "$0")"
if grep -q 'TODO' report.env; then
    echo "report.env is not complete" >&2
    exit 1
fi
# shellcheck source=/dev/null
. ./report.env
grep -q "req=$FIRST_REQUEST " checkout.log || { echo "no such request: $FIRST_REQUEST" >&2; exit 1; }
printf 'Incident %s (%s)\n' "$INCIDENT" "$OWNER"
printf 'Began with request %s to %s\n' "$FIRST_REQUEST" "$UPSTREAM"
printf 'Impact: %d h %02d min\n' $((IMPACT_MINUTES / 60)) $((IMPACT_MINUTES % 60))
