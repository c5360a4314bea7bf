"""Reads config/storefront.properties."""

import pathlib
import sys

FILE = pathlib.Path(__file__).parent / "config" / "storefront.properties"


def load() -> dict[str, str]:
    lines = [line.strip() for line in FILE.read_text(encoding="utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    settings = {key.strip(): value.strip() for key, _, value in pairs}
    for key in ("cart.page_size", "pool.idle_ms", "pool.waiters", "search.cache_kb"):
        if int(settings[key]) <= 0:
            raise ValueError(f"{key} must be positive")
    return settings


if __name__ == "__main__":
    found = load()
    wanted = sys.argv[1:] or sorted(found)
    for name in wanted:
        print(f"{name} = {found[name]}")
