"""Prints finding.toml as the auditors want it."""

import pathlib
import sys
import tomllib

finding = tomllib.loads(pathlib.Path(__file__).with_name("finding.toml").read_text(encoding="utf-8"))
grant, remedy = finding["grant"], finding["remedy"]
empty = [key for key, value in {"case": finding["case"], **grant, **remedy}.items() if not value]
if empty:
    sys.exit("finding.toml: empty: " + ", ".join(empty))
print(f"case {finding['case']}: {grant['subject']} by {grant['event']}, until {remedy['revoke_by']}, {remedy['heir']}")
