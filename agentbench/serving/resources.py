"""Where a checkpoint, its chat template and its files lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from agentbench.catalog import prepared_dir
from agentbench.errors import ServerBootError
from agentbench.records import ModelFamily, QuantProfile
from agentbench.records.paths import cache_dir
from agentbench.serving.declared import read_json

_PREPARED = "prepared:"


def checkpoint_of(profile: QuantProfile, family: ModelFamily) -> str:
    """Return what the engine is told to serve: a Hub repository or a local directory. It need not be there.

    ``prepared:nvfp4`` of the family ``demo`` is ``models/demo/nvfp4`` below the cache directory.
    """
    checkpoint = profile.checkpoint or ""
    if checkpoint.startswith(_PREPARED):
        return str(prepared_dir(family.name, checkpoint.removeprefix(_PREPARED)))
    return checkpoint


def require_checkpoint(profile: QuantProfile, family: ModelFamily) -> None:
    """Check that a local checkpoint is there; a Hub repository is the engine's to find.

    Raises:
        ServerBootError: naming the directory and, for a prepared one, the command that makes it.
    """
    checkpoint = checkpoint_of(profile, family)
    if not is_local(checkpoint) or (Path(checkpoint) / "config.json").is_file():
        return
    label = f"{family.name}/{profile.name}"
    if (profile.checkpoint or "").startswith(_PREPARED):
        raise ServerBootError(
            f"{label}: its checkpoint is not prepared yet ({checkpoint} has no config.json); "
            f"run 'agentbench models prepare {family.name}'"
        )
    found = "has no config.json" if Path(checkpoint).is_dir() else "does not exist"
    raise ServerBootError(
        f"{label}: the checkpoint {checkpoint} {found}; expected the directory of a Hugging Face model"
    )


def is_local(checkpoint: str) -> bool:
    """Whether a checkpoint is a directory rather than a Hub repository."""
    return checkpoint.startswith(("/", ".", "~")) or Path(checkpoint).is_dir()


def local_directory(checkpoint: str, revision: str | None) -> Path | None:
    """Return the directory that holds a checkpoint's files: itself, or its snapshot in the Hub's cache, if any."""
    if is_local(checkpoint):
        return Path(checkpoint)
    repository = _hub_cache() / f"models--{checkpoint.replace('/', '--')}"
    name = revision or "main"
    reference = repository / "refs" / name
    if reference.is_file():
        name = reference.read_text().strip()
    snapshot = repository / "snapshots" / name
    return snapshot if snapshot.is_dir() else None


def _hub_cache() -> Path:
    if own := os.environ.get("HF_HUB_CACHE"):
        return Path(own)
    home = os.environ.get("HF_HOME")
    base = Path(home) if home else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return base / "hub"


def template_file(family: ModelFamily, profile: QuantProfile) -> Path | None:
    """Return the file that pins the chat template for ``profile``; None where the checkpoint's own is the reference's.

    With ``from:reference`` that is a copy of the reference checkpoint's template, made by :func:`write_template`.
    """
    if family.chat_template != "from:reference":
        return Path(family.chat_template)
    reference = family.quants[family.reference]
    if reference.checkpoint is None or (reference.checkpoint, reference.revision) == (
        profile.checkpoint,
        profile.revision,
    ):
        return None
    return cache_dir() / "templates" / family.name / "chat_template.jinja"


def write_template(family: ModelFamily, profile: QuantProfile) -> Path | None:
    """Return :func:`template_file`, with the reference's template fetched into it where it is a copy.

    Raises:
        ServerBootError: if the reference checkpoint's template cannot be had.
    """
    path = template_file(family, profile)
    if path is None or family.chat_template != "from:reference":
        return path
    reference = family.quants[family.reference]
    checkpoint = checkpoint_of(reference, family)
    text = checkpoint_template(checkpoint, reference.revision)
    if text is None:
        raise ServerBootError(
            f"{family.name}: the chat template is pinned to that of the reference ({checkpoint}), and it is neither "
            f"on this machine nor to be had from the Hub; download the repository's chat_template.jinja, or set "
            f"'chat_template' in {family.source} to a file"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def checkpoint_template(checkpoint: str, revision: str | None, *, download: bool = True) -> str | None:
    """Return the chat template that a checkpoint or Hub repository brings, or None if it cannot be had."""
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        path = checkpoint_file(checkpoint, revision, name, download=download)
        if path is None:
            continue
        if name.endswith(".jinja"):
            return path.read_text(encoding="utf-8")
        if template := _default_template(read_json(path).get("chat_template")):
            return template
    return None


def checkpoint_file(checkpoint: str, revision: str | None, name: str, *, download: bool = True) -> Path | None:
    """Return one file of a checkpoint: from its directory, or the Hub's cache, or with ``download`` from the Hub."""
    directory = local_directory(checkpoint, revision)
    if directory is not None and (directory / name).is_file():
        return directory / name
    if is_local(checkpoint) or not download:
        return None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
    )

    try:
        return Path(hf_hub_download(checkpoint, name, revision=revision, cache_dir=_hub_cache()))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError):
        return None  # the caller names what is missing, after it has looked everywhere


def _default_template(value: Any) -> str | None:
    """Return the template of a tokenizer_config: a text, or a list of named ones."""
    if isinstance(value, list):
        named = {each.get("name"): each.get("template") for each in value if isinstance(each, dict)}
        value = named.get("default")
    return value if isinstance(value, str) else None
