from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from agentbench.errors import CatalogError
from agentbench.taskset import TokenCounter, TokenizerCounter, WordsCounter

TOOLS = [{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}]
CALL = {"id": "call_h1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "a/<b>.py"}'}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be exact."},
    {"role": "user", "content": "Read it: 12345 ünïcode"},
    {"role": "assistant", "content": "", "reasoning_content": "First the file.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_h1", "content": "x = 1\n"},
    {"role": "user", "content": "Now change it."},
]
TEMPLATE = """{{- bos_token }}
{%- if tools %}
<|im_start|>tools
{% for tool in tools %}
{{ tool | tojson }}
{% endfor %}
<|im_end|>
{% endif %}
{% for message in messages %}
{% if loop.first and message.role != "system" %}
    {{ raise_exception("a system message comes first") }}
{% endif %}
<|im_start|>{{ message.role }}
{% if message.role == "assistant" %}
{% generation %}{{ message.content }}{% endgeneration %}
{% else %}
{{ message.content }}
{% endif %}
{% for call in message.tool_calls or [] %}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{% endfor %}
<|im_end|>
{% endfor %}
{% if add_generation_prompt %}<|im_start|>assistant on {{ strftime_now("%Y") }}
{% endif %}"""


def test_a_template_is_rendered_as_hugging_face_does(tokenizer_json: Path) -> None:
    counter = TokenizerCounter(tokenizer_json, TEMPLATE)
    text = counter.render(MESSAGES, TOOLS)
    assert text.startswith(
        "<s><|im_start|>tools\n" + json.dumps(TOOLS[0]) + "\n<|im_end|>\n<|im_start|>system\nBe exact."
    )
    # arguments are an object to templates, and no HTML escapes
    assert '<tool_call>{"name": "read_file", "arguments": {"path": "a/<b>.py"}}</tool_call>\n' in text
    assert text.endswith("<|im_start|>assistant on 2026\n")
    assert "tools" not in counter.render(MESSAGES, []).split("system")[0]


def test_tokens_are_those_of_the_tokenizer(tokenizer_json: Path) -> None:
    counter = TokenizerCounter(tokenizer_json, TEMPLATE)
    plain = Tokenizer.from_file(str(tokenizer_json))
    plain.no_truncation()
    ids = counter.ids(MESSAGES, TOOLS)
    assert ids == plain.encode(counter.render(MESSAGES, TOOLS), add_special_tokens=False).ids
    assert counter.count(MESSAGES, TOOLS) == len(ids) > 8  # the file's own truncation is off
    assert counter.count_text("") == 0
    assert ids[0] == plain.token_to_id("<s>")


@pytest.mark.parametrize(
    ("template", "message"), [("{% if %}", "malformed"), ("{{ raise_exception('no') }}", "refuses the request: no")]
)
def test_a_bad_template_is_a_catalog_error(template: str, message: str, tokenizer_json: Path) -> None:
    with pytest.raises(CatalogError, match=message):
        TokenizerCounter(tokenizer_json, template).count(MESSAGES, TOOLS)


def test_a_bad_tokenizer_is_a_catalog_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(CatalogError, match=r"tokenizer\.json: no tokenizer"):
        TokenizerCounter(tmp_path / "tokenizer.json", "")


def test_words() -> None:
    counter = WordsCounter()
    assert counter.count_text("") == 0
    assert counter.count_text("port = 65535;\n") == 6  # port = 655 35 ; newline
    assert counter.count_text("rate_limit_window") == 5
    assert counter.count_text("internationally") == 2
    assert counter.count(MESSAGES, TOOLS) == len(counter.ids(MESSAGES, TOOLS))
    assert counter.count(MESSAGES, TOOLS) > counter.count(MESSAGES, []) > counter.count(MESSAGES[:3], [])


def test_words_see_every_part_of_a_request() -> None:
    counter = WordsCounter()
    ids = counter.ids(MESSAGES, TOOLS)
    for change in ({"content": "other"}, {"reasoning_content": "other"}, {"tool_calls": []}, {"role": "user"}):
        changed = [*MESSAGES[:2], {**MESSAGES[2], **change}, *MESSAGES[3:]]
        assert counter.ids(changed, TOOLS) != ids, change
    parts = [{**MESSAGES[0], "content": [{"type": "text", "text": "Be exact."}]}, *MESSAGES[1:]]
    assert counter.ids(parts, TOOLS) == ids


@given(st.text(), st.text())
def test_words_add_up_across_a_line_break(one: str, other: str) -> None:
    counter = WordsCounter()
    assert counter.count_text(f"{one}\n{other}") == counter.count_text(one) + 1 + counter.count_text(other)


def test_both_are_token_counters(tokenizer_json: Path) -> None:
    counters: list[TokenCounter] = [WordsCounter(), TokenizerCounter(tokenizer_json, TEMPLATE)]
    assert [counter.name for counter in counters] == ["words", "tokenizer"]
