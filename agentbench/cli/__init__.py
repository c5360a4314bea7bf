"""The ``agentbench`` command: everything that is not a test run."""

from __future__ import annotations

import os
import sys

import click

from agentbench import __version__
from agentbench.cli.doctor import doctor
from agentbench.cli.housekeeping import clean, init
from agentbench.cli.models import models
from agentbench.cli.reference import reference
from agentbench.cli.runs import compare, report, score
from agentbench.cli.sandboxes import sandboxes
from agentbench.cli.selfcheck import selfcheck
from agentbench.cli.tasks import tasks
from agentbench.cli.verify import verify
from agentbench.errors import AgentbenchError, ServerBootError, UsageError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="agentbench")
def command() -> None:
    """Did the quant break the agent?

    Measure a quant with pytest:  pytest --quant=nvfp4 tasks/
    This command is for everything around it; start with `agentbench doctor`.
    """


for part in (doctor, init, models, sandboxes, tasks, score, report, compare, reference, verify, selfcheck, clean):
    command.add_command(part)


def main() -> None:
    """Run the command; a user's mistake is one sentence and exit code 4, other trouble of ours 1."""
    try:
        sys.exit(command(standalone_mode=False))  # what it returns is a command's own exit code, as in Exit(1)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(4)
    except AgentbenchError as error:
        click.echo(f"agentbench: {error}", err=True)
        sys.exit(4 if isinstance(error, UsageError) else 3 if isinstance(error, ServerBootError) else 1)
    except BrokenPipeError:  # `agentbench models | head -1`: nobody reads on, not even what Python flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        click.echo(f"agentbench: {error.filename or 'the operating system'}: {error.strerror or error}", err=True)
        sys.exit(4)
