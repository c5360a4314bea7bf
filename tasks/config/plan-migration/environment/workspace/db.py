"""Applies all migrations to a database in memory and answers questions about the result."""

import pathlib
import sqlite3
import sys

MIGRATIONS = pathlib.Path(__file__).parent / "migrations"
SEATS = "SELECT COALESCE(seats_override, seats) FROM orgs JOIN plans ON plan = code WHERE name = ?"


def migrate(connection: sqlite3.Connection) -> None:
    for number, path in enumerate(sorted(MIGRATIONS.glob("*.sql")), start=1):
        if not path.name.startswith(f"{number:04}_"):
            raise SystemExit(f"{path.name}: number {number:04} was expected")
        connection.executescript(path.read_text(encoding="utf-8"))


def ask(connection: sqlite3.Connection, command: str, *words: str) -> object:
    if command == "seats":
        row = connection.execute(SEATS, words).fetchone()
    else:
        name, column = words if command in ("plan", "org") else ("newcomer", words[0])
        if command == "newcomer":
            connection.execute("INSERT INTO orgs (name, plan, region) VALUES ('newcomer', 'starter', 'us')")
        table, key = ("plans", "code") if command == "plan" else ("orgs", "name")
        row = connection.execute(f'SELECT "{column}" FROM {table} WHERE {key} = ?', (name,)).fetchone()
    if row is None:
        raise SystemExit(f"{command}: nothing is called {words[0]}")
    return row[0]


if __name__ == "__main__":
    database = sqlite3.connect(":memory:")
    migrate(database)
    print(ask(database, *sys.argv[1:]))
