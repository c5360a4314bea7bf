#!/usr/bin/env bash
# Prints the greeting that users see after they log in.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=/dev/null
. ./greeting.env
printf '=%.0s' $(seq "$WIDTH")
printf '\nWelcome to %s\n' "$SITE"
printf 'Questions? Ask %s\n' "$CONTACT"
