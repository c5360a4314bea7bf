"""Items as we store them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    sku: str
    cents: int


def items(page: dict[str, Any]) -> list[Item]:
    return [Item(row["sku"], round(float(row["price"]) * 100)) for row in page["items"]]
