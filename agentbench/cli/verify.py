"""``agentbench verify``: single requests instead of tasks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentbench.errors import CancelledError

if TYPE_CHECKING:
    from agentbench.records import Scorecard
    from agentbench.verify import RequestRun

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--requests", "requests_file", required=True, metavar="FILE",
              help="Request set: one chat-completions request a line; `-` reads standard input.")  # fmt: skip
@click.option("--quant", required=True, metavar="NAME", help="Quant profile to ask (see `agentbench models`).")
@click.option("--quant-model", default="demo", show_default=True, metavar="FAMILY",
              help="Model family, built in or a TOML file.")  # fmt: skip
@click.option("--endpoint", "--quant-endpoint", "endpoint", metavar="URL",
              help="Use this running OpenAI-compatible server and boot nothing (its key: AGENTBENCH_ENDPOINT_KEY).",
              )  # fmt: skip
@click.option("--engine-arg", "--quant-engine-arg", "engine_args", multiple=True, metavar="K=V",
              help="One more engine argument, without leading dashes (repeatable).")  # fmt: skip
@click.option("--loops", default=1, show_default=True, type=click.IntRange(min=1), metavar="N",
              help="How often each request is asked; a reference should have 4 or more.")  # fmt: skip
@click.option("--concurrency", "--quant-concurrency", "concurrency", type=click.IntRange(min=1), metavar="N",
              help="Requests in flight.  [default: the profile's]")  # fmt: skip
@click.option("--seed", default=0, show_default=True, metavar="N", help="Base of the sampling seeds.")
@click.option("--reference", "--quant-reference", "reference", metavar="PATH|last",
              help="Compare with this: a reference or run of agentbench, a result file of MiniMax-Provider-Verifier or "
                   "K2-Vendor-Verifier, or a directory of them (one file a loop); `last` is the quant's previous "
                   "run.")  # fmt: skip
@click.option("--save-reference", type=_PATH, metavar="PATH", help="Store this run as a reference in this directory.")
@click.option(
    "--resume",
    "--quant-resume",
    "resume",
    is_flag=True,
    help="Go on with the newest run of the same requests and sampling.",
)
@click.option("--gate", type=click.Choice(["verdict", "strict", "none"]), default="verdict", show_default=True,
              help="Exit 1 on degraded; also on inconclusive; or never for a verdict.")  # fmt: skip
@click.option("--output", type=_PATH, default=Path(), metavar="DIR",
              help="Directory of `runs/` and `scorecards/`.  [default: here]")  # fmt: skip
def verify(
    *,
    requests_file: str,
    quant: str,
    quant_model: str,
    endpoint: str | None,
    engine_args: tuple[str, ...],
    loops: int,
    concurrency: int | None,
    seed: int,
    reference: str | None,
    save_reference: Path | None,
    resume: bool,
    gate: str,
    output: Path,
) -> None:
    r"""Replay single requests, as MiniMax's and K2's verifiers do, and judge the quant.

    \b
    A request is a line of JSON as it would be sent, and may say what is checked:
      {"messages": [...], "tools": [...], "expected_tool_call": true}
    \b
    First record what to compare with, then ask the quant:
      agentbench verify --requests set.jsonl --quant bf16 --loops 4 --save-reference ref
      agentbench verify --requests set.jsonl --quant nvfp4 --loops 4 --reference ref

    Replies are stored one by one: Ctrl-C loses none that has come, and --resume goes on. Exit codes: 0 pass, 1 gate or
    missing replies, 2 Ctrl-C, 3 the server died at boot, 4 usage. docs/request-sets.md tells what is measured.
    """
    from rich.console import Console

    from agentbench.catalog import get_profile, load_family, parse_engine_arg
    from agentbench.report import Progress, print_summary
    from agentbench.runner import RunSettings
    from agentbench.verify import RequestRun, read_requests

    here = Path.cwd()
    family = load_family(quant_model, rootdir=here)
    profile = get_profile(family, quant)
    requests = read_requests(requests_file)
    settings = RunSettings(
        family=family,
        suite=f"requests:{requests.name}",
        contexts=[0],
        variants=1,
        trials=loops,
        seed=seed,
        alpha=0.05,
        rootdir=here,
        tasks_root=here,
        runs_dir=here / output / "runs",
        scorecards_dir=here / output / "scorecards",
        concurrency=concurrency,
        endpoint=endpoint,
        engine_args=dict(parse_engine_arg(text) for text in engine_args),
        reference=reference,
        resume=resume,
    )
    progress = Progress(quant, sys.stderr)
    run = RequestRun(settings, profile, requests, observer=progress, save_to=save_reference)
    console = Console(highlight=False)
    click.echo(f"{requests.text}, {loops} {'loop' if loops == 1 else 'loops'}: {len(run.cases)} replies", err=True)
    with progress.live():
        card = _conduct(run)
    print_summary(console, card, run.written)
    for note in run.notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
    if code := _exit_code(card, gate, run):
        raise click.exceptions.Exit(code)


def _conduct(run: RequestRun) -> Scorecard:
    """Run to the end; whatever breaks it off, nothing that was answered is lost and nothing is left running."""
    try:
        run.start()
        run.wait()
        return run.finish()
    except BaseException as error:
        run.abort()
        if run.journal is not None and run.scored:
            click.echo(
                f"broken off with {len(run.scored)} of {len(run.cases)} replies stored in {run.journal.directory}; the "
                "same command with --resume goes on from there",
                err=True,
            )
        if isinstance(error, (KeyboardInterrupt, CancelledError)):
            raise click.exceptions.Abort from None
        raise


def _exit_code(card: Scorecard, gate: str, run: RequestRun) -> int:
    """Return 1 for a verdict that the gate stops, or for replies that never came."""
    overall = card.comparison.overall
    stopped = gate != "none" and (overall == "degraded" or (gate == "strict" and overall == "inconclusive"))
    missing = sum(one.outcome.graded for one in run.scored.values()) < len(run.cases)
    return int(stopped or missing)
