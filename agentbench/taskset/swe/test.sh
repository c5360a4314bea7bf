cd /testbed
. /tests/env.sh
exec "$(command -v python3 || command -v python)" /tests/verify.py
