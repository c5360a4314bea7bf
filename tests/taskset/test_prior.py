# ruff: noqa: E501  (a table of messages)
"""Prior context: ATIF beside a foreign task's instruction becomes the first request's messages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.errors import TaskError, UnsupportedTaskError
from agentbench.taskset import load_task, messages_of, plain_messages, render, steps_of
from tests.taskset.task_files import WriteTask

CALLS = [
    {"tool_call_id": "c1", "function_name": "mcp__files/Read", "arguments": {"path": "a.txt", "lines": [1, 2.5]}},
    {"tool_call_id": "c2", "function_name": "str_replace", "arguments": {"new": "ä\n"}},
]
STEPS: list[dict[str, Any]] = [
    {"step_id": 1, "source": "system", "message": "You are somebody else."},
    {"step_id": 2, "source": "user", "message": [{"type": "text", "text": "Look at"}, {"type": "text", "text": "it."}]},
    {
        "step_id": 3,
        "source": "agent",
        "message": "Reading.",
        "timestamp": "2026-01-01T00:00:00Z",
        "reasoning_content": "I must read.",
        "tool_calls": CALLS,
        "observation": {
            "results": [
                {"source_call_id": "c2", "content": "done"},
                {"source_call_id": "c1", "content": "one"},
                {"source_call_id": "c1", "content": [{"type": "text", "text": "two"}]},
            ]
        },
        "metrics": {"prompt_tokens": 5, "logprobs": [0.1]},
        "llm_call_count": 1,
    },
    {"step_id": 4, "source": "agent", "message": "I have read it.", "model_name": "x"},
]


def document(*steps: dict[str, Any], **changed: Any) -> dict[str, Any]:
    agent = {"name": "other", "version": "1", "tool_definitions": [], "extra": {}}
    return {"schema_version": "ATIF-v1.5", "session_id": "s", "agent": agent, "steps": list(steps or STEPS), **changed}


def first_request(path: Path, root: Path, reasoning_field: str | None = None) -> list[dict[str, Any]]:
    rendered = render(load_task(path, root=root), 0, 0)
    return plain_messages(rendered, system_prompt="You are the agent.", reasoning_field=reasoning_field)


def test_it_stands_before_the_instruction(foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(files={"trajectory.json": json.dumps(document())})
    assert first_request(path, tasks_root, "reasoning_content") == [
        {"role": "system", "content": "You are the agent.\n\nYou are somebody else."},
        {"role": "user", "content": "Look at\nit."},
        {
            "role": "assistant",
            "content": "Reading.",
            "reasoning_content": "I must read.",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "mcp__files/Read", "arguments": '{"path": "a.txt", "lines": [1, 2.5]}'},
                },
                {
                    "id": "c2",
                    "type": "function",
                    "function": {"name": "str_replace", "arguments": '{"new": "\\u00e4\\n"}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "one\ntwo"},
        {"role": "tool", "tool_call_id": "c2", "content": "done"},
        {"role": "assistant", "content": "I have read it."},
        {"role": "user", "content": "Write {{ this }} to /app/out.txt.\n"},
    ]


def test_a_template_without_reasoning_gets_none(foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(files={"trajectory.json": json.dumps(document())})
    assert "I must read." not in json.dumps(first_request(path, tasks_root))


def test_results_without_a_call_of_their_own(foreign_task: WriteTask, tasks_root: Path) -> None:
    """Terminal agents send keystrokes, and are told the screen: by one result for all, or with no call at all."""
    screen = {"results": [{"content": "$ ls"}]}
    steps = [
        {"step_id": 1, "source": "agent", "message": "", "tool_calls": CALLS, "observation": screen},
        {"step_id": 2, "source": "agent", "message": "ls\n", "observation": screen},
    ]
    path = foreign_task(files={"trajectory.json": json.dumps(document(*steps))})
    told = [(one["role"], one["content"]) for one in first_request(path, tasks_root)[2:-1]]
    assert told == [("tool", "[no output recorded]"), ("tool", "$ ls"), ("assistant", "ls\n"), ("user", "$ ls")]


@pytest.mark.parametrize("version", [*(f"ATIF-v1.{minor}" for minor in range(9))])
def test_all_versions_are_read(version: str, foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(files={"trajectory.json": json.dumps(document(schema_version=version))})
    assert load_task(path, root=tasks_root).trajectory == "trajectory.json"


def test_of_a_task_with_steps_it_is_the_first_ones(foreign_task: WriteTask, tasks_root: Path) -> None:
    files = {
        "task.toml": 'multi_step_reward_strategy = "final"\n[[steps]]\nname = "a"\n[[steps]]\nname = "b"\n',
        "steps/a/instruction.md": "first",
        "steps/b/instruction.md": "second",
        "steps/a/trajectory.json": json.dumps(document()),
    }
    path = foreign_task(files=files)
    assert [one["content"] for one in first_request(path, tasks_root)[-2:]] == ["I have read it.", "first"]
    for place in ("trajectory.json", "steps/b/trajectory.json"):
        other = foreign_task(f"other-{place.count('/')}", {**files, place: "{}"})
        with pytest.raises(UnsupportedTaskError, match=rf"not its first step's \({place}\)"):
            load_task(other, root=tasks_root)


def changed(index: int, **keys: Any) -> dict[str, Any]:
    return document(*[{**step, **keys} if place == index else step for place, step in enumerate(STEPS)])


FAULTS: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", r"is no JSON: .*line 1"),
    "no object": ([], r"the document: found '\[\]', expected .*dictionary"),
    "another format": ({"messages": []}, r"schema_version: missing"),
    "another version": (document(schema_version="ATIF-v2.0"), r"schema_version: found 'ATIF-v2\.0', expected 'ATIF-v1\.0' to"),
    "no steps": ({**document(), "steps": []}, r"steps: found '\[\]', expected .*at least 1 item"),
    "a gap": (changed(2, step_id=7), r"steps\[2\]\.step_id: found 7, expected 3"),
    "no message": (document({"step_id": 1, "source": "user"}), r"steps\[0\]\.message \(step 1\): missing"),
    "a number as message": (changed(1, message=5), r"steps\[1\]\.message \(step 2\): found '5', expected a text or a list of parts"),
    "another source": (changed(3, source="tool"), r"steps\[3\]\.source \(step 4\): found 'tool', expected 'system', 'user' or 'agent'"),
    "arguments as text": (
        changed(2, tool_calls=[{**CALLS[0], "arguments": "{}"}]),
        r"steps\[2\]\.tool_calls\[0\]\.arguments \(step 3\): found '\{\}', expected a valid dictionary",
    ),
    "calls of the user": (changed(1, tool_calls=CALLS), r"steps\[1\] \(step 2\)\.tool_calls: only steps of the agent"),
    "a result of no call": (
        changed(2, observation={"results": [{"source_call_id": "c9", "content": ""}]}),
        r"steps\[2\] \(step 3\)\.observation: found source_call_id 'c9', expected .*\(c1, c2\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_and_step(name: str, foreign_task: WriteTask, tasks_root: Path) -> None:
    content, message = FAULTS[name]
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(TaskError) as caught:
        load_task(foreign_task(files={"trajectory.json": text}), root=tasks_root)
    assert re.match(rf".*/plain/trajectory\.json: {message}", str(caught.value)), caught.value


PICTURE = [{"type": "image", "source": {"media_type": "image/png", "path": "a.png"}}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(1, message=PICTURE), r"steps\[1\] \(step 2\): needs a prior context with image parts"),
        (changed(2, observation={"results": [{"content": PICTURE}]}), r"steps\[2\] \(step 3\): .*image parts"),
        (changed(3, source="system"), r"steps\[3\] \(step 4\): a system message after the conversation began"),
        (changed(1, observation={"results": []}), r"steps\[1\] \(step 2\): an observation in a step whose source is"),
        (document(continued_trajectory_ref="b.json"), r"goes on in another file"),
    ],
)
def test_what_no_request_can_hold_is_named(
    content: dict[str, Any], message: str, foreign_task: WriteTask, tasks_root: Path
) -> None:
    path = foreign_task(files={"trajectory.json": json.dumps(content)})
    with pytest.raises(UnsupportedTaskError, match=message):
        load_task(path, root=tasks_root)


def test_a_native_task_has_its_facts_instead(native_task: WriteTask, tasks_root: Path) -> None:
    path = native_task(**{"trajectory_DOT_json": json.dumps(document())})
    with pytest.raises(TaskError, match=r"trajectory\.json: a task with \[metadata\.agentbench\]"):
        load_task(path, root=tasks_root)


TEXT = st.text(max_size=20)
CALL = st.fixed_dictionaries(
    {
        "name": TEXT,
        "arguments": st.one_of(
            st.dictionaries(TEXT, st.integers() | TEXT, max_size=3).map(json.dumps),
            st.just('{"b":1,  "a":"ä"}'),
        ),
        "result": TEXT,
    }
)


@given(st.lists(st.one_of(TEXT, st.tuples(TEXT, TEXT, st.lists(CALL, max_size=3))), max_size=6))
def test_messages_survive_as_steps(turns: list[Any]) -> None:
    messages: list[dict[str, Any]] = []
    for turn in turns:
        if isinstance(turn, str):
            messages.append({"role": "user", "content": turn})
            continue
        said, thought, calls = turn
        ids = [f"call-{len(messages)}-{index}" for index in range(len(calls))]
        message: dict[str, Any] = {"role": "assistant", "content": said}
        if thought:
            message["reasoning"] = thought
        if calls:
            message["tool_calls"] = [
                {"id": one, "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
                for one, call in zip(ids, calls, strict=True)
            ]
        messages.append(message)
        messages += [
            {"role": "tool", "tool_call_id": one, "content": call["result"]}
            for one, call in zip(ids, calls, strict=True)
        ]
    assert messages_of(steps_of(messages, "reasoning"), "reasoning") == messages
