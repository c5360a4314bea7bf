"""Where agentbench keeps what it prepares, and where its own data lies."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent.parent


def cache_dir() -> Path:
    """Return ``$AGENTBENCH_CACHE``, else ``agentbench`` below the user's cache directory. Not created here."""
    if own := os.environ.get("AGENTBENCH_CACHE"):
        return Path(own).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agentbench"


def data_dir(name: str) -> Path:
    """Return the directory of shipped ``tasks``, ``sandboxes`` or ``references``.

    In a checkout these stand at the top level; in an installed wheel below the package.
    """
    packaged = PACKAGE_DIR / "data" / name
    return packaged if packaged.is_dir() else PACKAGE_DIR.parent / name
