"""The store of water readings: schema, fixtures, export."""

import configparser
import csv
import pathlib
import sqlite3
import sys

ROOT = pathlib.Path(__file__).parent


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return parser


def keep_days() -> int:
    return settings().getint("storage", "retention_days")


def readings() -> tuple[list[str], list[list[str]]]:
    with (ROOT / "fixtures" / "readings.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def table_of(base: sqlite3.Connection) -> str:
    names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if len(names) != 1:
        raise ValueError(f"one table was expected, found {names}")
    return names[0]


def build() -> sqlite3.Connection:
    storage = settings()["storage"]
    base = sqlite3.connect(":memory:")
    base.execute(f"PRAGMA page_size = {storage.getint('page_bytes')}")
    base.execute(f"PRAGMA cache_size = {storage.getint('cache_pages')}")
    base.execute(f"PRAGMA busy_timeout = {storage.getint('busy_timeout_ms')}")
    base.executescript((ROOT / "schema.sql").read_text(encoding="utf-8"))
    header, rows = readings()
    base.executemany(f"INSERT INTO {table_of(base)} ({', '.join(header)}) VALUES (?, ?, ?)", rows)
    return base


def export(base: sqlite3.Connection) -> list[str]:
    with (ROOT / "fixtures" / "stations.csv").open(encoding="utf-8", newline="") as file:
        names = dict(csv.reader(file))
    rows = base.execute((ROOT / "export.sql").read_text(encoding="utf-8"))
    return [f"{names.get(station, station)};{taken_at};{value}" for station, taken_at, value in rows]


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["check"]:
                settings().getint("export", "chunk_rows")
                print(f"{len(export(build()))} rows, kept {keep_days()} days")
            case ["export"]:
                print("\n".join(export(build())))
            case ["insert", row]:
                base = build()
                base.execute(f"INSERT INTO {table_of(base)} VALUES (?, ?, ?)", row.split(","))
                print("inserted")
            case ["expired", *ages]:
                print(" ".join(age for age in ages if int(age) > keep_days()))
            case _:
                print(__doc__, file=sys.stderr)
                return 64
    except (sqlite3.Error, ValueError, configparser.Error) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
