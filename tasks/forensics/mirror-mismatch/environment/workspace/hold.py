"""Prints hold.yaml as an order, or says what is wrong with it."""

import pathlib
import re
import sys

import yaml

FORMS = {
    "incident": r"\d+",
    "package": r"tidewatch\S+",
    "expected": r"[0-9a-f]{32}",
    "served": r"[0-9a-f]{32}",
    "move_to": r"[^/\s]+/[^/\s]+",
    "approved_by": r"\S+",
}

hold = yaml.safe_load(pathlib.Path(__file__).with_name("hold.yaml").read_text(encoding="utf-8"))
wrong = [key for key, form in FORMS.items() if not re.fullmatch(form, str(hold.get(key)))]
if wrong:
    sys.exit("hold.yaml: missing or malformed: " + ", ".join(wrong))
print(f"incident {hold['incident']}, approved by {hold['approved_by']}")
print(f"take off {hold['package']} and keep it as {hold['move_to']}")
