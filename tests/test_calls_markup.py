"""Leaked means attempted: what each format's lost call looks like, and what only speaks of one."""

from __future__ import annotations

import pytest

from agentbench.calls import ToolSchemas, find_leaked_markup, judge_reply
from agentbench.records import CallClass, RawCall

TOOLS = ("read_file", "edit_file", "bash", "submit")
CALL = '{"name": "read_file", "arguments": {"path": "a.py"}}'
BAR = "｜"

ATTEMPTS = {
    "hermes": f"<tool_call>\n{CALL}\n</tool_call>",
    "hermes, one line": f"<tool_call>{CALL}</tool_call>",
    "hermes, cut off at the tag": "I will look.\n<tool_call>",
    "hermes, wrong plural": f"<tool_calls>\n[{CALL}]\n</tool_calls>",
    "hermes, no opening tag": f"{CALL}\n</tool_call>",
    "hermes, only the end is left": "\n</tool_call>",
    "granite": f"<tool_call>[{CALL}]",
    "granite token": f"<|tool_call|>[{CALL}]",
    "qwen3-coder": (
        "<tool_call>\n<function=read_file>\n<parameter=path>\na.py\n</parameter>\n</function>\n</tool_call>"
    ),
    "qwen3-coder, wrapper lost": "<function=read_file>\n<parameter=path>\na.py\n</parameter>\n</function>",
    "qwen3-coder, a parameter only": "<parameter=path>\na.py\n</parameter>",
    "llama function tag": '<function=read_file>{"path": "a.py"}</function>',
    "minimax": (
        '<minimax:tool_call>\n<invoke name="read_file">\n<parameter name="path">a.py</parameter>\n</invoke>\n'
        "</minimax:tool_call>"
    ),
    "minimax, wrong wrapper": '<tool_calls>\n<invoke name="read_file">\n',
    "minimax, no wrapper": '<invoke name="read_file">\n<parameter name="path">a.py</parameter>\n</invoke>',
    "minimax, no quotes": "<invoke name=read_file>\n",
    "minimax, end only": "</invoke>\n</minimax:tool_call>",
    "anthropic": '<function_calls>\n<invoke name="read_file">',
    "namespaced": "<seed:tool_call><function=read_file><parameter=path>a.py</parameter></function></seed:tool_call>",
    "longcat": f"<longcat_tool_call>{CALL}</longcat_tool_call>",
    "deepseek": (
        f"<{BAR}tool▁calls▁begin{BAR}><{BAR}tool▁call▁begin{BAR}>function<{BAR}tool▁sep{BAR}>read_file\n"
        f'```json\n{{"path": "a.py"}}\n```<{BAR}tool▁call▁end{BAR}><{BAR}tool▁calls▁end{BAR}>'
    ),
    "deepseek 3.1": f'<{BAR}tool▁call▁begin{BAR}>read_file<{BAR}tool▁sep{BAR}>{{"path": "a.py"}}',
    "deepseek, ascii": "<|tool_calls_begin|><|tool_call_begin|>function",
    "deepseek dsml": f'<{BAR}DSML{BAR}function_calls>\n<{BAR}DSML{BAR}invoke name="read_file">',
    "llama json": '{"name": "read_file", "parameters": {"path": "a.py"}}',
    "llama json with type": '{"type": "function", "name": "read_file", "parameters": {"path": "a.py"}}',
    "llama python tag": '<|python_tag|>read_file.call(path="a.py")',
    "llama python start": '<|python_start|>[read_file(path="a.py")]<|python_end|>',
    "pythonic": '[read_file(path="a.py"), bash(command="ls")]',
    "pythonic, one": 'read_file(path="a.py", offset=3)',
    "pythonic after a sentence": 'Let me look at it.\n\nread_file(path="a.py")',
    "mistral": f"[TOOL_CALLS][{CALL}]",
    "mistral v11": '[TOOL_CALLS]read_file{"path": "a.py"}',
    "mistral v13": '[TOOL_CALLS]read_file[ARGS]{"path": "a.py"}',
    "mistral, spaced": f"[TOOL_CALLS] [{CALL}]",
    "glm": "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>\n</tool_call>",
    "glm 4.7": "<tool_call>read_file<arg_key>path</arg_key><arg_value>a.py</arg_value></tool_call>",
    "glm, wrapper lost": "read_file\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>",
    "glm, no arguments": "<tool_call>submit\n</tool_call>",
    "kimi": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>"
        '{"path": "a.py"}<|tool_call_end|><|tool_calls_section_end|>'
    ),
    "kimi, tokens lost": 'functions.read_file:0{"path": "a.py"}',
    "harmony": '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path": "a.py"}<|call|>',
    "harmony, start": "<|start|>assistant<|channel|>commentary to=functions.read_file<|message|>{",
    "harmony, tokens lost": 'commentary to=functions.read_file json{"path": "a.py"}',
    "harmony, glued": 'assistantcommentary to=functions.read_file json{"path": "a.py"}',
    "bare json": CALL,
    "bare json, spaced": '{ "name" : "read_file",\n  "arguments" : {"path": "a.py"} }',
    "bare json list": f"[{CALL}]",
    "bare json after a sentence": f"I will read it. {CALL}",
    "bare json below a sentence": f"I will read it:\n\n{CALL}",
    "phi functools": f"functools[{CALL}]",
    "command": '<|START_ACTION|>[{"tool_name": "read_file", "parameters": {}}]',
    "a fence that is the whole reply": f"```json\n{CALL}\n```",
    "a fence that ends the reply": f"I will read the file.\n\n```json\n{CALL}\n```\n",
    "a fence with tags": f"```xml\n<tool_call>\n{CALL}\n</tool_call>\n```",
    "a fence with an invoke": 'Next:\n```\n<invoke name="bash">\n<parameter name="x">a</parameter>\n</invoke>\n```',
    "gemma's tool_code": '```tool_code\nread_file(path="a.py")\n```',
    "a list in a fence": f"```json\n[{CALL}]\n```",
    "the openai shape in a fence": '```json\n{"function": {"name": "bash", "arguments": "{}"}}\n```',
}

MENTIONS = {
    "backticks": "The parser wants `<tool_call>` around it, `[TOOL_CALLS]` does not do.",
    "double backticks": "Use ``<minimax:tool_call>{`` first.",
    "straight quotes": 'It looks for "<tool_call>" and then for "</tool_call>" in the text.',
    "single quotes": "text.split('<tool_call>')[1] fails",
    "curly quotes": "The tag “<tool_call>” is missing.",
    "a tag in a sentence": "The <tool_call> tag is never closed, and the <tool_call> tags are many.",
    "a tag ends the sentence": "It leaves out the opening <tool_call>.",
    "an end tag in a sentence": "It forgets the </tool_call> at the end.",
    "a token in a sentence": "The <|python_tag|> token is printed as text.",
    "mistral in a sentence": "Mistral writes [TOOL_CALLS] before each call.",
    "kimi in a sentence": "and <|tool_call_begin|> is a special token",
    "a fenced example, then prose": f"The log has\n\n```\n<tool_call>\n{CALL}\n</tool_call>\n```\n\nwhich is wrong.",
    "fenced code that parses it": "```python\nm = re.search(r'<tool_call>(.*?)</tool_call>', text)\n```",
    "a fence with another tool": '```json\n{"name": "deploy", "arguments": {"to": "prod"}}\n```',
    "a fence with data": '```json\n{"name": "read_file", "version": 3}\n```',
    "code in quotes": 'if "<tool_call>" in text or text.startswith("[TOOL_CALLS]"):',
    "a quoted line": f"The user wrote:\n> <tool_call>{CALL}\nand got nothing.",
    "escaped": "&lt;tool_call&gt;{&quot;name&quot;: 1}",
    "a tool definition": (
        '{"name": "read_file", "description": "Read", "parameters": {"type": "object", "properties": {}}}'
    ),
    "a tool definition, bare": '{"name": "read_file", "parameters": {"type": "object", "properties": {}}}',
    "data with parameters": '{"name": "resnet", "parameters": {"depth": 50}}',
    "a call inside other data": f'{{"role": "assistant", "tool_calls": [{{"function": {CALL}}}]}}',
    "a call as a value": f'"call": {CALL}',
    "generics": "List<tool> x = new ArrayList<>(); a<b && c>d",
    "html": "<div><function name></div> <param name='x'>",
    "xml data": '<parameter type="int"/> <function>x</function>',
    "a python call of no tool": "print(path=3)",
    "a python call in a sentence": 'I used read_file(path="a.py") to see it.',
    "a positional python call": 'read_file("a.py")',
    "a python call, then prose": 'read_file(path="a.py")\nfailed, so I went on.',
    "shell": "git to=functions; [ -f x ] && functions.sh",
    "a list": "[1](x) [TOOL](y)",
    "an ordinary answer": "Done: `config/app.toml` now has port 8443, and the tests pass.",
    "math": "a < b, tool_call > 3, x <| y",
}


@pytest.mark.parametrize("text", ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempted_call_is_found(text):
    assert find_leaked_markup(text, TOOLS)


@pytest.mark.parametrize(
    "name", sorted(set(ATTEMPTS) - {name for name in ATTEMPTS if "end" in name and "fence" not in name})
)
def test_it_is_found_after_prose_too(name):
    if name.startswith(("a fence", "gemma", "a list in", "the openai", "phi functools")):
        text = "Let me see what `<tool_call>` does there.\n" + ATTEMPTS[name]
    else:
        text = "Let me see.\n\n" + ATTEMPTS[name]
    assert find_leaked_markup(text, TOOLS)


@pytest.mark.parametrize("text", MENTIONS.values(), ids=MENTIONS)
def test_a_mention_is_no_attempt(text):
    assert find_leaked_markup(text, TOOLS) is None


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("hermes", "Hermes/Qwen"),
        ("qwen3-coder, wrapper lost", "Qwen3-Coder"),
        ("minimax", "MiniMax"),
        ("deepseek", "DeepSeek"),
        ("llama python tag", "Llama"),
        ("pythonic", "pythonic"),
        ("mistral", "Mistral"),
        ("glm", "GLM"),
        ("kimi", "Kimi"),
        ("harmony", "Harmony"),
        ("bare json", "JSON"),
    ],
)
def test_the_format_and_the_tool_are_told(name, format_):
    found = find_leaked_markup(ATTEMPTS[name], TOOLS)
    assert (found.format, found.tool) == (format_, "read_file")


@pytest.mark.parametrize("text", ["\n</tool_call>", f"```json\n{CALL}\n```", 'read_file(path="a")'])
def test_beside_structured_calls_leftovers_are_nobodys_attempt(text):
    assert find_leaked_markup(text, TOOLS)
    assert find_leaked_markup(text, TOOLS, beside_calls=True) is None


def test_a_leak_names_its_channel_and_starts_at_the_markup():
    schemas = ToolSchemas([{"function": {"name": "read_file"}}])
    for content, reasoning, channel in ((f"So: <tool_call>{CALL}", "", "content"), ("", f"So: {CALL}", "reasoning")):
        judged = judge_reply(content=content, reasoning=reasoning, raw_calls=[], finish_reason="stop", schemas=schemas)
        assert judged.leaked.call_class is CallClass.LEAKED_MARKUP
        assert channel in judged.leaked.explanation
        assert judged.leaked.text.startswith(("<tool_call>", "{"))
        assert judged.leaked.tool == "read_file"
    drafted = judge_reply(
        content="",
        reasoning=f"<tool_call>{CALL}",
        raw_calls=[RawCall(id="1", name="read_file", arguments="{}")],
        finish_reason="tool_calls",
        schemas=schemas,
    )
    assert drafted.leaked is None
