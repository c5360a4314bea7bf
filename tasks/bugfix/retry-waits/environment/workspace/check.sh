#!/bin/sh
set -eu
cd "$(dirname "$0")"
rustc --edition 2021 -A dead_code --test -o "${TMPDIR:-/tmp}/schedule-test" tests/schedule.rs
"${TMPDIR:-/tmp}/schedule-test"
