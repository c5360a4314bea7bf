"""The demo's chat template, rendered as Hugging Face renders templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from agentbench.catalog import load_family
from agentbench.errors import CatalogError
from agentbench.taskset import TokenizerCounter

TOOL = {"type": "function", "function": {"name": "read_file", "parameters": {"type": "object", "properties": {}}}}
OPEN = "<|im_start|>assistant\n"
CALL = '<tool_call>\n{"name": "read_file", "arguments": {"path": "ü/a.toml"}}\n</tool_call>'


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> TokenizerCounter:
    folder = tmp_path_factory.mktemp("tokenizer")
    Tokenizer(WordLevel({"x": 0}, unk_token="x")).save(str(folder / "tokenizer.json"))
    family = load_family("demo", rootdir=folder)
    return TokenizerCounter(folder / "tokenizer.json", Path(family.chat_template).read_text(encoding="utf-8"))


def turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def calls(*arguments: Any, content: str | None = None) -> dict[str, Any]:
    made = [
        {"id": f"c{index}", "type": "function", "function": {"name": "read_file", "arguments": each}}
        for index, each in enumerate(arguments)
    ]
    return {"role": "assistant", "content": content, "tool_calls": made}


def result(text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "c0", "content": text}


SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Hello"}
ARGUMENTS = '{"path": "ü/a.toml"}'


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([SYSTEM, USER], turn("system", "Be brief.") + turn("user", "Hello")),
        (
            [USER],
            turn("system", "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
            + turn("user", "Hello"),
        ),
        (
            [SYSTEM, USER, calls(ARGUMENTS), result("a = 1")],
            turn("system", "Be brief.")
            + turn("user", "Hello")
            + turn("assistant", CALL)
            + turn("user", "<tool_response>\na = 1\n</tool_response>"),
        ),
        (
            [SYSTEM, USER, calls(ARGUMENTS, ARGUMENTS, content="I look."), result("1"), result("2"), USER],
            turn("system", "Be brief.")
            + turn("user", "Hello")
            + turn("assistant", f"I look.\n{CALL}\n{CALL}")
            + turn("user", "<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response>")
            + turn("user", "Hello"),
        ),
    ],
    ids=["system", "no system", "call and result", "two calls with text, results in one turn"],
)
def test_turns(counter: TokenizerCounter, messages: list[dict[str, Any]], expected: str) -> None:
    assert counter.render(messages, []) == expected + OPEN


def test_tools_stand_in_the_system_turn(counter: TokenizerCounter) -> None:
    text = counter.render([SYSTEM, USER], [TOOL, TOOL])
    head, tail = text.split("<|im_end|>\n", 1)
    assert head.startswith("<|im_start|>system\nBe brief.\n\n# Tools\n")
    inside = head.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    assert [json.loads(line) for line in inside] == [TOOL, TOOL]
    assert '<tool_call>\n{"name": "NAME", "arguments": {}}\n</tool_call>' in head
    assert tail == turn("user", "Hello") + OPEN


def test_an_unknown_role_is_refused(counter: TokenizerCounter) -> None:
    with pytest.raises(CatalogError, match="Unknown role: function"):
        counter.render([SYSTEM, {"role": "function", "content": "x"}], [])
