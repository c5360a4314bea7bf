from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.agent import TOOLS, tool_schemas
from agentbench.calls import ToolSchemas, classify_call, find_leaked_markup
from agentbench.catalog.files import FAULT_NAMES as CATALOG_FAULTS
from agentbench.catalog.files import FAULTS_THAT_ARE_NO_RATES
from agentbench.errors import UsageError
from agentbench.records import RawCall
from agentbench.records.paths import data_dir
from agentbench.sim import FAULT_NAMES, MALFORMED, NO_RATES, faults, parse_faults
from agentbench.sim.counting import RequestCounter
from agentbench.sim.edits import edits_between
from agentbench.sim.malform import example, spoil
from agentbench.sim.solution import Step
from agentbench.taskset.tokens import WordsCounter
from tests.sim.sim_helpers import make_case, serving

TOOL_LIST = tool_schemas(list(TOOLS))
SCHEMAS = ToolSchemas(TOOL_LIST)
STEPS = [
    Step("read_file", {"path": "a/b.py"}, "Reading."),
    Step("edit_file", {"path": "a.py", "edits": [{"old": 'x = {"a": 1}\n', "new": "y"}]}, "Editing."),
    Step("write_file", {"path": "é.txt", "content": ""}, "Writing."),
    Step("bash", {"command": "ls"}, "Running."),
    Step("plan", {"items": [{"step": "a", "status": "done"}]}, "Planning."),
    Step("list_files", {}, "Looking."),
    Step("submit", {"summary": "done"}, "Done."),
]


@pytest.mark.parametrize("step", STEPS, ids=[step.tool for step in STEPS])
@pytest.mark.parametrize("fault", MALFORMED)
def test_a_spoilt_call_has_exactly_its_class(fault: str, step: Step) -> None:
    for seed in range(40):
        spoilt = spoil(fault, step, TOOL_LIST, random.Random(seed))
        assert spoilt is not None
        if fault == "leaked_markup":
            assert find_leaked_markup(spoilt.content)
            continue
        raw = RawCall(id="1", name=spoilt.name, arguments=spoilt.arguments)
        judged = classify_call(raw, SCHEMAS, truncated=spoilt.finish_reason == "length")
        assert judged.call_class is MALFORMED[fault], (spoilt, judged)


def test_a_fault_without_a_place_is_not_planted() -> None:
    only = tool_schemas(["submit"])
    assert spoil("enum", STEPS[-1], only, random.Random(0)) is None
    assert spoil("missing_required", STEPS[-1], only, random.Random(0)) is None


@pytest.mark.parametrize("tool", list(TOOLS))
def test_examples_hold_to_their_schemas(tool: str) -> None:
    arguments = example(TOOLS[tool].parameters)
    assert classify_call(RawCall(name=tool, arguments=json.dumps(arguments)), SCHEMAS, truncated=False).valid


_LINES = st.lists(st.sampled_from(["a\n", "b\n", "c = 1\n", "\n", "    d\n", "end"]), max_size=12).map("".join)


@given(_LINES, _LINES)
def test_edits_turn_one_text_into_the_other(before: str, after: str) -> None:
    edits = edits_between(before, after)
    if edits is None:
        return
    text = before
    for edit in edits:
        assert text.count(edit["old"]) == 1
        text = text.replace(edit["old"], edit["new"])
    assert text == after


def test_edits_are_small() -> None:
    before = "".join(f"key_{index} = {index}\n" for index in range(100))
    after = before.replace("key_50 = 50", "key_50 = 51").replace("key_80 = 80\n", "key_80 = 80\nnew = 1\n")
    edits = edits_between(before, after)
    assert edits is not None
    assert sum(len(edit["old"]) for edit in edits) < 100


_MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.none() | st.text()},
    optional={
        "reasoning_content": st.text(),
        "tool_calls": st.lists(
            st.fixed_dictionaries({"function": st.fixed_dictionaries({"name": st.text(), "arguments": st.text()})}),
            max_size=2,
        ),
    },
)


@given(st.lists(_MESSAGE, max_size=4), st.booleans())
def test_counting_by_message_is_counting_the_whole(messages: list[dict[str, Any]], with_tools: bool) -> None:
    tools = TOOL_LIST if with_tools else []
    counter, words = RequestCounter(), WordsCounter()
    for _ in range(2):
        assert counter.count(messages, tools) == words.count(messages, tools)


@given(st.text())
def test_ids_of_a_text_are_as_many_as_its_tokens(text: str) -> None:
    assert len(RequestCounter().text_ids(text)) == WordsCounter().count_text(text)


def test_the_catalog_knows_the_same_faults() -> None:
    assert set(CATALOG_FAULTS) == set(FAULT_NAMES)
    assert set(FAULTS_THAT_ARE_NO_RATES) == set(NO_RATES)


def test_every_fault_is_explained() -> None:
    assert faults.__doc__ is not None
    assert all(re.search(rf"\b{name}\b", faults.__doc__) for name in FAULT_NAMES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stal=0.1", "did you mean 'stale'"),
        ("double_letter=0.1", "did you mean 'doubled_letter'"),
        ("context_grow=1", "did you mean 'context_growth'"),
        ("stale=2", "from 0 to 1"),
        ("episode_icc=1.5", "from 0 to 1"),
        ("stale=-0.1", "a number from 0"),
        ("stale=nan", "a number from 0"),
        ("context_growth=inf", "a number from 0"),
        ("stale", "not of the form"),
        ("context_growth=1,context_full=0", "tokens of a context"),
        ("stale=0.1,context_full=4096", "no effect without context_growth"),
    ],
)
def test_bad_faults_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_faults(text)


def test_faults_are_read() -> None:
    assert parse_faults(" stale=0.15, latency_s=2 ,") == {"stale": 0.15, "latency_s": 2.0}


def test_the_routes_of_a_server() -> None:
    with serving() as (url, _):
        root = url.removesuffix("/v1")
        with httpx.Client(base_url=root) as http:
            assert http.get("/health").status_code == 200
            assert "agentbench-sim" in http.get("/version").json()["version"]
            assert http.get("/v1/models").json()["data"][0]["max_model_len"] == 196_608
            tokens = http.post("/tokenize", json={"prompt": "one two\n3"}).json()
            assert tokens["count"] == len(tokens["tokens"]) == 4
            asked = {"messages": [{"role": "user", "content": "hi"}]}
            assert http.post("/v1/chat/completions", json=asked).json()["choices"][0]["finish_reason"] == "stop"
            reply = http.post("/v1/chat/completions", json={**asked, "tools": TOOL_LIST}).json()["choices"][0]
            function = reply["message"]["tool_calls"][0]["function"]
            assert classify_call(RawCall(**function), SCHEMAS, truncated=False).valid
            assert "vllm:generation_tokens_total" in http.get("/metrics").text
            assert http.get("/planted").json() == {}
            assert http.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("case_id", "message"),
    [
        ("nonsense", "is no case id"),
        ("config/none[v0]@2k#0", "no task 'config/none'"),
        (make_case("config/gateway-limits").id, "does not hold the instruction"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(case_id: str, message: str) -> None:
    asked = {"messages": [{"role": "user", "content": "hi"}], "tools": TOOL_LIST}
    with serving() as (url, _):
        response = httpx.post(f"{url}/chat/completions", json=asked, headers={"X-Agentbench-Case": case_id})
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


def test_the_module_serves_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "agentbench.sim", "--tasks", str(data_dir("tasks")), "--port", "0", "--seed", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert httpx.get(url.removesuffix("/v1") + "/health").status_code == 200
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_the_module_refuses_bad_faults() -> None:
    command = [sys.executable, "-m", "agentbench.sim", "--tasks", str(data_dir("tasks")), "--faults", "stal=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "did you mean 'stale'" in done.stderr
