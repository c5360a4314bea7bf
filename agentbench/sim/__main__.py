"""``python -m agentbench.sim``: serves until it is ended."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import click

from agentbench.errors import UsageError
from agentbench.records import TaskSpec
from agentbench.sim import Ledger, SimServer, SimulatedModel, parse_faults


@click.command()
@click.option("--tasks", type=click.Path(path_type=Path), required=True, help="The run's tasks root.")
@click.option(
    "--elsewhere",
    type=click.Path(path_type=Path),
    default=None,
    help="File with the run's tasks of other places (JSON).",
)
@click.option("--family", default="sim", show_default=True, help="Name under which the model is listed.")
@click.option(
    "--arm", default="", help="Names the draws, so that two quants fail by their own luck; salt overrules it."
)
@click.option("--faults", default="", help="Fault rates, as stale=0.15,malformed=0.1.")
@click.option("--seed", default=0, show_default=True, help="The run's seed: variants are rendered with it.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, help="0 takes a free one.")
@click.option("--max-model-len", default=196_608, show_default=True, help="Context window in tokens.")
@click.option("--ledger", type=click.Path(path_type=Path), default=None, help="File for what was planted (JSON lines).")
def main(
    *,
    tasks: Path,
    elsewhere: Path | None,
    family: str,
    arm: str,
    faults: str,
    seed: int,
    host: str,
    port: int,
    max_model_len: int,
    ledger: Path | None,
) -> None:
    """Serve the simulated model."""
    try:
        if elsewhere is None and not tasks.is_dir():
            raise UsageError(f"--tasks: {tasks} is no directory")
        model = SimulatedModel(
            tasks.absolute(),
            elsewhere=[] if elsewhere is None else map(TaskSpec.model_validate, json.loads(elsewhere.read_bytes())),
            name=family,
            arm=arm,
            rates=parse_faults(faults),
            seed=seed,
            context_window=max_model_len,
            ledger=Ledger(ledger),
        )
        server = SimServer((host, port), model)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(4)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"simulated model '{family}' on http://{host}:{server.server_address[1]}/v1", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
