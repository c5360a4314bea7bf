"""Counting with a model's own ``tokenizer.json`` and chat template, as Hugging Face and vLLM render it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentbench.errors import CatalogError

TEMPLATE_DATE = dt.datetime(2026, 1, 1)
"""What ``strftime_now`` says: a context must not change with the day on which it is built."""
_SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token")


class TokenizerCounter:
    """Counts over the rendered chat template.

    Args:
        tokenizer_json: The tokenizer; special tokens are read from ``tokenizer_config.json`` beside it.
        chat_template: The template's text.

    Raises:
        CatalogError: The tokenizer cannot be loaded or the template is malformed.

    """

    name = "tokenizer"

    def __init__(self, tokenizer_json: Path, chat_template: str) -> None:
        from tokenizers import Tokenizer  # slow to import, and most sessions need no tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        except Exception as error:  # the library raises bare Exception
            raise CatalogError(f"{tokenizer_json}: no tokenizer.json that can be loaded: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._special = _special_tokens(tokenizer_json.with_name("tokenizer_config.json"))
        try:
            self._template = _environment().from_string(chat_template)
        except TemplateError as error:
            raise CatalogError(f"chat template beside {tokenizer_json}: malformed: {error}") from error

    def render(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
        """Return the prompt text of a request; CatalogError if the template refuses it."""
        try:
            return self._template.render(
                messages=[_with_parsed_arguments(message) for message in messages],
                tools=tools or None,
                documents=None,
                add_generation_prompt=True,
                **self._special,
            )
        except TemplateError as error:
            raise CatalogError(f"the chat template refuses the request: {error}") from error

    def ids(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> list[int]:
        """Return the token ids of a request."""
        return self._encode(self.render(messages, tools))

    def count(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
        """Return the number of prompt tokens of a request."""
        return len(self.ids(messages, tools))

    def count_text(self, text: str) -> int:
        """Return the number of tokens of a text by itself."""
        return len(self._encode(text))

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode_batch_fast([text], add_special_tokens=False)[0].ids
        return ids


def _with_parsed_arguments(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as templates expect it: call arguments as an object, as vLLM hands them over."""
    if not message.get("tool_calls"):
        return dict(message)
    calls = []
    for call in message["tool_calls"]:
        function = dict(call["function"])
        if isinstance(function.get("arguments"), str):
            function["arguments"] = json.loads(function["arguments"] or "{}")
        calls.append({**call, "function": function})
    return {**message, "tool_calls": calls}


def _special_tokens(config: Path) -> dict[str, str]:
    if not config.is_file():
        return {}
    try:
        table = json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CatalogError(f"{config}: malformed JSON: {error}") from error
    tokens = {name: table.get(name) for name in _SPECIAL}
    texts = {name: token.get("content") if isinstance(token, dict) else token for name, token in tokens.items()}
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = TEMPLATE_DATE.strftime
    return environment


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: Any = None, sort_keys: bool = False
) -> str:
    """Jinja's own filter escapes HTML characters, which is not what models were trained on."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


class _Generation(Extension):
    """``{% generation %}``: marks the assistant's part for training; here it just renders its body."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return the body alone."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)
