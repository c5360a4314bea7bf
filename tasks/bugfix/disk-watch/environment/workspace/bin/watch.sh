#!/bin/bash
# Usage: watch.sh [--show] < VOLUMES
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/lib/conf.sh"
. "$root/lib/units.sh"
. "$root/lib/report.sh"

load_conf "$root/conf/watch.conf"
if [ "${1:-}" = --show ]; then
    show_conf
    exit
fi
report "$(conf low_kib)"
