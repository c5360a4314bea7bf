"""``python -m training``: from the tasks to the adapter that ships with the demo family."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click

from agentbench.errors import AgentbenchError
from agentbench.serving import managed_python
from agentbench.serving.demo import ADAPTER, ADAPTER_FILES, CONVERT
from training import curriculum

HERE = Path(__file__).resolve().parent
CONVERSATIONS = "conversations.jsonl.gz"
SETTINGS = "settings.json"
_ENV = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}


def say(text: str) -> None:
    """Report on standard error: what is made stands in files."""
    click.echo(text, err=True)


@click.command()
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".cache/training"),
    show_default=True,
    help="where the base checkpoint, the conversations and the state of the tuning are kept",
)
@click.option("--first", type=click.IntRange(min=1), help="only the first N conversations, for a try; ships nothing")
def main(work: Path, first: int | None) -> None:
    """Tune the demo family's adapter: play conversations, learn them, and put the adapter into the package.

    Takes some three hours on two cores. Stopped at any point, the same command goes on where it was; what
    training/curriculum.toml says may not change meanwhile (remove the directory to begin anew).
    """
    work = work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    try:
        _remember(work, first)
        python = managed_python("llmcompressor", say)
        base = _base(work, python)
        conversations = _conversations(work, first)
    except AgentbenchError as error:
        raise click.ClickException(str(error)) from error
    out = work / "adapter"
    out.mkdir(exist_ok=True)
    settings = {**curriculum.settings()["tuning"], "seed": curriculum.settings()["shuffle"]}
    _run([str(python), "-m", "training.tune", *map(str, (base, conversations, out)), json.dumps(settings)])
    if first is not None:
        say(f"the adapter is in {out}; the package's own is as it was")
        return
    ADAPTER.mkdir(exist_ok=True)
    for name in ADAPTER_FILES:
        shutil.copyfile(out / name, ADAPTER / name)
    shutil.copyfile(out / "log.jsonl", HERE / "log.jsonl")
    say(f"the adapter is in {ADAPTER}, the log in {HERE / 'log.jsonl'}")


def _remember(work: Path, first: int | None) -> None:
    """Refuse to go on with other settings than the work was begun with."""
    now = json.dumps({"curriculum": curriculum.settings(), "first": first}, sort_keys=True)
    file = work / SETTINGS
    if file.exists() and file.read_text(encoding="utf-8") != now:
        raise click.ClickException(
            f"{work} was begun with another training/curriculum.toml or --first; remove it, or name another --work"
        )
    file.write_text(now, encoding="utf-8")


def _base(work: Path, python: Path) -> Path:
    """Make the checkpoint that the package ships, without any adapter."""
    base = work / "base"
    if not base.exists():
        part = work / "base.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        _run([str(python), str(CONVERT), str(part)])
        part.rename(base)
    return base


def _conversations(work: Path, first: int | None) -> Path:
    file = work / CONVERSATIONS
    if not file.exists():
        wanted = curriculum.lessons()[:first]
        part = file.with_suffix(".part")
        for done in curriculum.write(part, wanted, tokenizer=work / "base" / "tokenizer.json"):
            if done % 50 == 0 or done == len(wanted):
                say(f"conversations: {done} of {len(wanted)}")
        part.rename(file)
    return file


def _run(command: list[str]) -> None:
    environment: dict[str, Any] = {**os.environ, **_ENV}
    done = subprocess.run(command, env=environment, cwd=HERE.parent, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command[:3])} ended with exit code {done.returncode}; see above")


if __name__ == "__main__":
    main()
