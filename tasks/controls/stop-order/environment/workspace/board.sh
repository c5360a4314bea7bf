#!/usr/bin/env bash
# Numbers the stops, heading left out.
set -euo pipefail
cd "$(dirname "$0")"
grep -v '^#' stops.txt | grep . | nl -w 1 -s ' '
