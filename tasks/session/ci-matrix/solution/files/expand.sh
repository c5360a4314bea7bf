#!/usr/bin/env bash
# Expands the CI's configuration: pairs [MATRIX] | limits FILE | job NAME
set -euo pipefail

pairs() {
  jq -r '
    . as $matrix
    | [ .axes.os[] as $os | .axes.compiler[] as $compiler | {os: $os, compiler: $compiler} ]
    | map(select(. as $pair | $matrix.exclude | index($pair) | not))
    | reduce ($matrix.include // [])[] as $pair (.; if index($pair) then . else . + [$pair] end)
    | .[] | "\(.os) \(.compiler)"
  ' "$1"
}

limits() {
  # shellcheck disable=SC1090
  (. "$1" && echo "$JOB_TIMEOUT_S s, $CACHE_MB MB, $ARTIFACT_HOURS h")
}

case "${1-}" in
  pairs) pairs "${2:-ci/matrix.json}" ;;
  limits) limits "./ci/${2#ci/}" ;;
  job) jq -er --arg name "$2" '.[$name] | "\(.image) on \(.runner)"' ci/jobs.json ;;
  *)
    echo "usage: expand.sh pairs [MATRIX] | limits FILE | job NAME" >&2
    exit 64
    ;;
esac
