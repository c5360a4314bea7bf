"""Choosing what sizes a family's contexts."""

from __future__ import annotations

from pathlib import Path

from agentbench.records import ModelFamily
from agentbench.taskset import TokenCounter, TokenizerCounter, WordsCounter


def family_counter(family: ModelFamily, fallback: TokenCounter) -> TokenCounter:
    """Return the family's own tokenizer where its files are at hand, else the server's ``/tokenize``."""
    if family.tokenizer.builtin == "words":
        return WordsCounter()
    tokenizer = tokenizer_file(family)
    if tokenizer is None or family.chat_template.startswith("from:"):
        return fallback
    return TokenizerCounter(tokenizer, Path(family.chat_template).read_text(encoding="utf-8"))


def tokenizer_file(family: ModelFamily) -> Path | None:
    """Return the local ``tokenizer.json`` of a family, if there is one."""
    if family.tokenizer.path is None:
        return None
    path = Path(family.tokenizer.path)
    path = path / "tokenizer.json" if path.is_dir() else path
    return path if path.is_file() else None
