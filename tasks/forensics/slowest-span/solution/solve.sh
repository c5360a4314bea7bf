#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
cd /workspace
python3 - << 'PATH_OF_SPAN' > reports/path.txt
import json
import re

table = dict(re.findall(r"^\| (\w+) \| (\w+) \|", open("reports/latency.md").read(), re.MULTILINE))
spans = {span["span"]: span for span in map(json.loads, open("traces/checkout.jsonl"))}
path = [table["span"]]
while parent := spans[path[0]]["parent"]:
    path.insert(0, parent)
print("\n".join(path))
PATH_OF_SPAN
