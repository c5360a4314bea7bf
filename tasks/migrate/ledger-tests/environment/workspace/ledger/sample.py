"""A ledger of some size."""

from ledger.account import Account


def build() -> dict[str, Account]:
    ledger = {name: Account(name, limit=5000) for name in ("cash", "rent", "tax")}
    for month in range(1, 13):
        ledger["cash"].post(120_000 + month, f"income {month}")
        ledger["rent"].post(80_000, f"rent {month}")
    ledger["tax"].post(-5000, "advance")
    return ledger
