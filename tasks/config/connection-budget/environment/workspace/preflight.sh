#!/usr/bin/env bash
# Do the application's settings fit those of its database?
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/deploy/app.env"
# shellcheck source=/dev/null
. "$here/deploy/db.env"

needed=$((APP_SERVERS * POOL_SIZE))
left=$((MAX_CONNECTIONS - needed))

if [ "${1:-}" = budget ]; then
    echo "$left"
    exit 0
fi
status=0
complain() {
    echo "preflight: $*" >&2
    status=1
}
if ! [[ $DATABASE_URL =~ ^postgres://shop@([a-z0-9.-]+):([0-9]+)/shop$ ]]; then
    complain "cannot read DATABASE_URL"
elif [ "${BASH_REMATCH[2]}" != "$LISTEN_PORT" ]; then
    complain "port ${BASH_REMATCH[2]} is not where the database listens"
fi
((left >= RESERVED)) || complain "$left connections left, $RESERVED are reserved"
((STATEMENT_TIMEOUT_MS < IDLE_TIMEOUT_MS)) || complain "idle connections go before statements end"
exit "$status"
