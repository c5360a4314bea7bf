"""Every public error of agentbench: what it means and what to do.

A message is one sentence (or a short list) that names the file and key or the option, what was found, what was
expected and what to do. The faces print it as it is; a traceback never reaches the user for one of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class AgentbenchError(Exception):
    """Base of all errors that a user can meet."""


class UsageError(AgentbenchError):
    """A bad option, name, file or combination. Exit code 4; mend what the message names."""


class CatalogError(UsageError):
    """A model family or quant profile file is malformed, or a name in it is unknown."""


class TaskError(UsageError):
    """A task directory is malformed. The message starts with the file and the key."""


class UnsupportedTaskError(AgentbenchError):
    """A sound harbor task that needs a feature agentbench lacks: skipped, with the name of the feature."""


class ContextPlanError(TaskError):
    """A context cannot be built to the asked size, or leaves no room for the agent's turns."""


class ReferenceMismatchError(UsageError):
    """The stored reference was made under another hard lock (tasks, tools, template, sampling, limits, tokens)."""


class StoreError(UsageError):
    """A stored file (journal, reference, scorecard) is missing, truncated or of another version."""


class ServerBootError(AgentbenchError):
    """The model server died or did not become ready. Exit code 3; the message gives the cause and the log's path."""


class ServerDiedError(AgentbenchError):
    """The model server does not do its work any more: it died, hangs, or answers 5xx after all retries.

    Unfinished episodes run again: on a new server if it really died, which its keeper decides, else on the same.
    """


class ModelRequestError(AgentbenchError):
    """The model server refused a request (4xx), or answered it in no form that can be read."""


class SandboxError(AgentbenchError):
    """Docker or a container failed: not the command in it, and not the model."""


class SandboxDiedError(SandboxError):
    """The container or its command server is gone; nothing can be said about the command that was under way."""


class SandboxFileError(AgentbenchError):
    """A file operation inside a sandbox was refused: missing, a directory, no permission, too large, not text."""


class ImageError(SandboxError):
    """A sandbox image is missing and could not be pulled, bootstrapped or built."""


class VerifierError(AgentbenchError):
    """Hidden tests gave no trustworthy result: no report, a wrong number of tests, a bad reward file."""


class CancelledError(AgentbenchError):
    """The user or ``-x`` ended the run while this was under way."""


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` or the list of known names: the tail of an unknown-name message."""
    names = sorted(known)
    close = get_close_matches(found, names, n=3, cutoff=0.6)
    if close:
        return "; did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    return "; known: " + ", ".join(names) if names else "; none are defined"
