"""Writes customers from standard input (JSON lines) as CSV to standard output."""

import json
import sys

from mailing import settings
from mailing.rows import row

customers = [json.loads(line) for line in sys.stdin]
if len(customers) > settings.MAX_ROWS:
    sys.exit(f"{len(customers)} customers, at most {settings.MAX_ROWS} are taken")
head = [settings.CLIENT_ID, settings.SENDER, str(settings.COPIES)]
fields = [head] + [[one["name"], one["street"], one["note"]] for one in customers]
sys.stdout.reconfigure(encoding="utf-8", newline="")
sys.stdout.writelines(map(row, fields))
