"""Choosing what sizes a family's contexts."""

from __future__ import annotations

from pathlib import Path

from agentbench.errors import ContextPlanError
from agentbench.records import ModelFamily
from agentbench.serving import checkpoint_file, checkpoint_of, checkpoint_template
from agentbench.taskset import TokenCounter, TokenizerCounter, WordsCounter

_WORD = [{"role": "user", "content": "word"}]


def family_counter(family: ModelFamily, fallback: TokenCounter | None) -> TokenCounter:
    """Return what counts a family's tokens, the same for the reference and the quant wherever that can be.

    The first of these that is to be had:

    1. the built-in ``words``, where the family names it;
    2. the family's own tokenizer and chat template, if their files are on this machine: then every quant's contexts
       are sized alike, whoever serves it;
    3. ``fallback``, the server's ``/tokenize``;
    4. the family's own tokenizer and chat template, downloaded: for hosted servers, which have no ``/tokenize``.

    Args:
        family: Whose ``tokenizer`` and ``chat_template`` hold.
        fallback: Counts with the server; its ``ids`` are None if the server cannot. None: there is no server.

    Raises:
        ContextPlanError: there is none of them.
        CatalogError: the family's tokenizer or chat template cannot be read.
    """
    if family.tokenizer.builtin == "words":
        return WordsCounter()
    if (counter := own_counter(family, download=False)) is not None:
        return counter
    if fallback is not None and fallback.ids(_WORD, []) is not None:
        return fallback
    if (counter := own_counter(family, download=True)) is not None:
        return counter
    place, _ = _place(family)
    server = "there is no server" if fallback is None else "the server has no /tokenize"
    raise ContextPlanError(
        f"{family.source}: contexts cannot be sized: {server}, and the tokenizer of {place} with "
        f"its chat template is neither on this machine nor to be had from the Hub; download tokenizer.json, "
        f"tokenizer_config.json and chat_template.jinja of that repository into the Hub's cache, or name local files "
        f"with 'tokenizer.path' and 'chat_template'"
    )


def own_counter(family: ModelFamily, *, download: bool) -> TokenizerCounter | None:
    """Return the counter of the family's own tokenizer and template, or None if their files are not to be had."""
    place, revision = _place(family)
    tokenizer = _given_file(family) or checkpoint_file(place, revision, "tokenizer.json", download=download)
    if tokenizer is None:
        return None
    checkpoint_file(place, revision, "tokenizer_config.json", download=download)  # the counter looks for it beside
    template = _template(family, download=download)
    return None if template is None else TokenizerCounter(tokenizer, template)


def _template(family: ModelFamily, *, download: bool) -> str | None:
    """Return the pinned template: the family's file, or its reference's, or what comes with the tokenizer."""
    if not family.chat_template.startswith("from:"):
        return Path(family.chat_template).read_text(encoding="utf-8")
    places = [_place(family)]
    reference = family.quants[family.reference]
    if reference.checkpoint is not None:
        places.insert(0, (checkpoint_of(reference, family), reference.revision))
    found = (checkpoint_template(place, revision, download=download) for place, revision in places)
    return next((text for text in found if text is not None), None)


def _place(family: ModelFamily) -> tuple[str, str | None]:
    """Return the directory or Hub repository that holds the tokenizer, and the repository's revision."""
    tokenizer = family.tokenizer
    if tokenizer.path is not None:
        path = Path(tokenizer.path)
        return str(path.parent if path.suffix == ".json" else path), None
    return tokenizer.repo or "", tokenizer.revision


def _given_file(family: ModelFamily) -> Path | None:
    """Return the tokenizer file that the family names itself."""
    path = Path(family.tokenizer.path or "")
    return path if path.is_file() else None
