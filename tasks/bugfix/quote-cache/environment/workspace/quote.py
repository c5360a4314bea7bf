"""Answers requests from standard input, one JSON object a line."""

import json
import sys

from freight import quotes, tariff

for line in sys.stdin:
    print(quotes.quote(json.loads(line)))
print(f"lookups {tariff.calls}")
