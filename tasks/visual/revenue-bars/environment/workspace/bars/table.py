"""Reads revenue tables."""

import csv
import pathlib
from typing import NamedTuple


class Row(NamedTuple):
    """One site's revenue in crowns; negative where credit notes exceed it."""

    site: str
    crowns: int


def load(path: pathlib.Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(line["site"], int(line["crowns"])) for line in csv.DictReader(file)]
