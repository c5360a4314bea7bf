"""Says whether the table is complete and the path leads from parent to child."""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
FIELDS = ("incident", "trace", "span", "self_us", "budget_us", "presented_by")

table = dict(re.findall(r"^\|\s*(\w+)\s*\|\s*`?([^|\s`]*)`?\s*\|", (HERE / "reports/latency.md").read_text(), re.M))
empty = [field for field in FIELDS if not table.get(field)]
if empty:
    sys.exit("latency.md: empty: " + ", ".join(empty))

spans = {}
for line in (HERE / "traces/checkout.jsonl").read_text().splitlines():
    span = json.loads(line)
    spans[span["span"]] = span
path = (HERE / "reports/path.txt").read_text().split()
parents = [spans[span]["parent"] for span in path]
if parents != [None, *path[:-1]] or path[-1] != table["span"]:
    sys.exit("path.txt: does not lead from the root to the span of the table")
print("complete")
