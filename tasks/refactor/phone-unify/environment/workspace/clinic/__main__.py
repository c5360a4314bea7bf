import csv
import importlib
import sys
import tomllib
from pathlib import Path

SETTINGS = tomllib.loads((Path(__file__).parent.parent / "clinic.toml").read_text(encoding="utf-8"))["import"]


def main() -> int:
    source = importlib.import_module(f"clinic.importers.{sys.argv[1]}")
    duplicates = importlib.import_module(SETTINGS["duplicates"])
    owners, rejected = [], 0
    for row in csv.reader(sys.stdin):
        owner = source.owner(row)
        if owner is None:
            rejected += 1
        else:
            owners.append(owner)
    for name, phone in sorted(duplicates.without(owners)):
        print(f"{name}|{phone}")
    if rejected:
        print(f"{rejected} for {SETTINGS['rejects']}", file=sys.stderr)
    return 0


sys.exit(main())
