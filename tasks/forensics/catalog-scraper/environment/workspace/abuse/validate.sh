#!/bin/sh
# Is report.json well formed?
cd "$(dirname "$0")" || exit 1
jq -e '
  (.case | type == "string" and test("^[a-z_]+-[0-9]+$"))
  and (.client | type == "string" and test("^[0-9a-f:]+$"))
  and (.first_seen | type == "string" and test("^[0-9-]{10}T[0-9:]{8}[+-][0-9]{2}:[0-9]{2}$"))
  and (.contact | type == "string" and length > 0)
  and ([.requests, .bytes, .asn, .block_minutes] | all(type == "number" and . > 0))
' report.json >/dev/null || { echo "report.json is incomplete or malformed" >&2; exit 1; }
echo "well formed"
