"""``python -m benchmarks [NAME...] [--night NIGHT] [--quick] [--json FILE]``: all benchmarks of speed, or those named.

``slips`` and ``planted`` are no speed, and ``nightly`` takes long: they run only where they are named. ``planted``
writes ``docs/validity-planted.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import (
    channel,
    collection,
    comparing,
    container_start,
    contexts,
    harness,
    machine,
    memory,
    nightly,
    planted,
    scoring,
    slips,
)
from benchmarks.report import Finding, Row, show


def _script(module: Any, rounds: int) -> dict[str, Any]:
    """Run a benchmark that is a script of its own and return what it wrote."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory, "found.json")
        command = [sys.executable, str(module.__file__), "--rounds", str(rounds), "--output", str(output)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads(output.read_text())
        return found


def measure_channel(*, quick: bool) -> Finding:
    """One tool call over the channel."""
    found = _script(channel, 40 if quick else 200)
    median, ratio, over = found["median_ms"], found["ratio"], found["over_host_ms"]
    docker, host = median["docker exec"], median["host"]
    faster, within = channel.TARGET_RATIO, channel.TARGET_OVER_HOST_MS
    return Finding(
        "channel",
        f"one bash -c '{channel.COMMAND}', medians",
        "other way",
        [
            Row("beside docker exec", "ms", median["channel"], docker, ratio, f">= {faster}", ratio >= faster),
            Row("beside the host itself", "ms", median["channel"], host, None, f"<= {within:g} ms more",
                over <= within),
            Row("beside the SDK's exec_run", "ms", median["channel"], median["SDK exec_run"],
                median["SDK exec_run"] / median["channel"], "", None),
        ],
    )  # fmt: skip


def measure_container_start(*, quick: bool) -> Finding:
    """A sandbox ready for its first call."""
    found = _script(container_start, 6 if quick else 20)
    ratio, target = found["ratio"], container_start.TARGET_RATIO
    row = Row("ready", "s", found["ready_s"], found["bare_s"], ratio, f"<= {target}", ratio <= target)
    return Finding("container_start", "sandbox with workspace and channel, medians", "bare SDK create + start", [row])


BENCHMARKS = {
    "channel": measure_channel,
    "container_start": measure_container_start,
    "harness": harness.measure,
    "memory": memory.measure,
    "collection": collection.measure,
    "contexts": contexts.measure,
    "comparing": comparing.measure,
    "scoring": scoring.measure,
}
PROOFS = {"slips": slips.measure}
"""Not speed but truth: run where they are named, and the exit code tells whether they hold."""
LONG = {"nightly": nightly.measure}
"""Of speed too, but the better part of an hour: run where they are named."""


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed, as ratios within one run.")
    known = [*BENCHMARKS, *PROOFS, *LONG, "planted"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; default all of speed")
    parser.add_argument(
        "--night", action="append", default=[], choices=planted.NIGHTS, help="of planted, only this one"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures too")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    held = planted.measure(quick=options.quick, nights=options.night) if "planted" in options.names else True
    chosen = [name for name in options.names if name != "planted"]
    if options.names and not chosen:
        sys.exit(0 if held else 1)
    console = Console()
    about = machine.describe()
    console.print(
        f"{about['cores']} cores of {about['cpu']}, {about['memory_gb']} GB, Linux {about['kernel']}, Python "
        f"{about['python']}; other work takes {about['others_share']:.0%} of the machine",
        highlight=False,
    )
    findings = []
    for name in chosen or BENCHMARKS:
        findings.append((BENCHMARKS | PROOFS | LONG)[name](quick=options.quick))
        show(console, findings[-1])
        held &= name not in PROOFS or all(row.met is not False for row in findings[-1].rows)
    if options.json:
        options.json.write_text(
            json.dumps({"machine": about, "findings": [one.to_json() for one in findings]}, indent=1)
        )
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
