"""Pairs of consecutive releases of pure-Python packages: what people wrote, beside what stood there before.

Wheels are downloaded by pip into the cache directory when a benchmark asks for them; nothing of them is kept in the
repository. The packages that the detector was tuned on and those that the figures are taken from are kept apart.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from agentbench.records.paths import cache_dir

TUNING = (
    *("ansible-core 2.16.6 2.17.0", "boltons 23.1.1 24.0.0", "cattrs 23.2.3 24.1.2", "dask 2024.5.0 2024.8.0"),
    *("docutils 0.20.1 0.21.2",),
    *(
        "attrs 23.2.0 24.2.0",
        "celery 5.3.6 5.4.0",
        "click 8.1.7 8.1.8",
        "django 5.0.9 5.1.4",
        "fastapi 0.112.4 0.115.6",
    ),
    *("flask 3.0.3 3.1.0", "httpx 0.27.2 0.28.1", "hypothesis 6.100.0 6.112.0", "jinja2 3.1.3 3.1.6"),
    *("networkx 3.3 3.4.2", "pydantic 2.8.2 2.9.2", "pytest 8.2.2 8.3.4", "requests 2.31.0 2.32.3"),
    *("rich 13.7.1 13.9.4", "scrapy 2.11.2 2.12.0", "sphinx 7.4.7 8.1.3", "starlette 0.38.6 0.41.3"),
    *("textual 0.70.0 0.80.1", "urllib3 2.1.0 2.2.3", "werkzeug 3.0.6 3.1.3"),
)
HELD_OUT = (
    *("ipython 8.24.0 8.29.0", "kombu 5.3.7 5.4.2", "litestar 2.8.3 2.12.1", "mkdocs 1.5.3 1.6.1", "pip 24.0 24.3.1"),
    *("poetry 1.7.1 1.8.4", "pylint 3.1.0 3.3.1", "redis 5.0.4 5.2.0", "sqlglot 23.17.0 25.20.0"),
    *("tox 4.15.0 4.23.2", "trio 0.25.0 0.27.0", "xarray 2024.5.0 2024.9.0"),
)


@dataclass(frozen=True)
class Pair:
    """Two releases of one package: their Python files by path."""

    name: str
    before: dict[str, str]
    after: dict[str, str]

    def added(self) -> dict[str, str]:
        """Return the lines of each changed file that the older release's file does not have, and new files whole."""
        found = {}
        for path, text in self.after.items():
            old = self.before.get(path)
            if text == old:
                continue
            known = set(old.splitlines()) if old is not None else set()
            found[path] = "\n".join(line for line in text.splitlines() if line not in known)
        return found


def load(entries: tuple[str, ...]) -> list[Pair]:
    """Return the pairs; those that cannot be downloaded are named on stderr and left out."""
    found = []
    for entry in entries:
        name, old, new = entry.split()
        wheels = [_wheel(name, version) for version in (old, new)]
        if None in wheels:
            print(f"not to be had: {entry}", file=sys.stderr)
            continue
        before, after = (_sources(wheel) for wheel in wheels if wheel is not None)
        found.append(Pair(name, before, after))
    return found


def _wheel(name: str, version: str) -> Path | None:
    folder = cache_dir() / "benchmarks" / "releases"
    stem = name.replace("-", "_")
    wheel = next((one for one in folder.glob("*.whl") if one.name.lower().startswith(f"{stem}-{version}-")), None)
    if wheel is not None:
        return wheel
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "-d", str(folder), f"{name}=={version}"]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
        return None
    return next((one for one in folder.glob("*.whl") if one.name.lower().startswith(f"{stem}-{version}-")), None)


def _sources(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name).decode(errors="replace")
            for name in sorted(archive.namelist())
            if name.endswith(".py") and "_vendor" not in name
        }
