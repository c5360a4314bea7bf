"""All queries on parcels."""

import sqlite3
from pathlib import Path

from depot.columns import HEAVIEST_G

ROOT = Path(__file__).parent.parent


def migrate(db: sqlite3.Connection) -> list[str]:
    """Apply the migrations that are missing and return their names."""
    db.execute("CREATE TABLE IF NOT EXISTS applied (name TEXT PRIMARY KEY)")
    done = {name for (name,) in db.execute("SELECT name FROM applied")}
    missing = [path for path in sorted((ROOT / "migrations").glob("*.sql")) if path.name not in done]
    for path in missing:
        db.executescript(path.read_text(encoding="utf-8"))
        db.execute("INSERT INTO applied VALUES (?)", (path.name,))
        db.commit()
    return [path.name for path in missing]


def add(db: sqlite3.Connection, parcel: dict) -> None:
    if not 0 < parcel["wt"] <= HEAVIEST_G:
        raise ValueError(f"weight {parcel['wt']} is not between 1 and {HEAVIEST_G} g")
    db.execute("INSERT INTO parcels (barcode, wt, hub) VALUES (:barcode, :wt, :hub)", parcel)
    db.commit()


def show(db: sqlite3.Connection, barcode: str) -> dict | None:
    db.row_factory = sqlite3.Row
    row = db.execute("SELECT barcode, wt, hub FROM parcels WHERE barcode = ?", (barcode,)).fetchone()
    return dict(row) if row else None


def heavy(db: sqlite3.Connection, hub: str, grams: int) -> list[str]:
    rows = db.execute("SELECT barcode FROM parcels WHERE hub = ? AND wt > ? ORDER BY wt DESC", (hub, grams))
    return [barcode for (barcode,) in rows]


def report(db: sqlite3.Connection) -> list[tuple]:
    return db.execute((ROOT / "reports" / "bi_weekly.sql").read_text(encoding="utf-8")).fetchall()
