"""Applies migrations to an SQLite database."""

import argparse
import json
import pathlib
import re
import sqlite3
import sys

SCHEMA = pathlib.Path(__file__).parent.parent / "schema"


def literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--to", type=int, default=999)
    options = parser.parse_args()
    params = json.loads((SCHEMA / "params.json").read_text(encoding="utf-8"))
    database = sqlite3.connect(options.database, isolation_level=None)
    applied = database.execute("PRAGMA user_version").fetchone()[0]
    for file in sorted(SCHEMA.glob("[0-9][0-9][0-9]_*.sql")):
        number = int(file.name[:3])
        if not applied < number <= options.to:
            continue
        code = re.sub(r"(?<!:):([a-z_]+)\b", lambda match: literal(params[match[1]]), file.read_text(encoding="utf-8"))
        database.executescript(f"BEGIN;\n{code}\nPRAGMA user_version = {number};")
        if violated := database.execute("PRAGMA foreign_key_check").fetchall():
            database.execute("ROLLBACK")
            print(f"{file.name}: violated foreign keys: {violated}", file=sys.stderr)
            return 1
        database.execute("COMMIT")
    return 0


if __name__ == "__main__":
    sys.exit(main())
