"""Golden tables: repeated text, calls after submit, files outside the task, edits undone, and the verifiers' counts."""

from __future__ import annotations

import json

import pytest

from agentbench.records import Check, CopySlot, CopySlotKind, Detail, Evidence
from agentbench.scoring import score
from agentbench.scoring.repeats import repeated_passage, repeats_n_gram
from tests.scoring.scoring_worlds import call, episode, reply, user

SENTENCE = "Let me check the configuration file again to see what it says. "


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (SENTENCE * 4, 4),
        ("First. " + SENTENCE * 10 + "Done.", 10),
        ("ab" * 200, 200),
        ("a" * 300, 300),
        ("\n".join(["- read the file", "- edit it"] * 12), 11),
        (SENTENCE * 3, None),
        ((SENTENCE + "x") + (SENTENCE + "y") + (SENTENCE + "z") + SENTENCE, None),
        ("-" * 400, None),
        ("=-" * 300, None),
        (" " * 5000, None),
        ("| --- " * 100, None),
        ("".join(f"line {number} of the table\n" for number in range(100)), None),
        ("", None),
    ],
)
def test_a_passage_over_and_over(text, times):
    found = repeated_passage(text)
    assert (found and found[1]) == times


def test_long_rulers_are_read_in_one_go():
    assert repeated_passage("-" * 2_000_000) is None


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("aaaaaa", True),
        ("aaaaa", False),
        ("abcabcabcabc", True),
        ("abcabcabc", False),
        ("the the the", False),
        ("", False),
    ],
)
def test_the_verifiers_n_gram_rule(text, repeats):
    assert repeats_n_gram(text) is repeats


@pytest.mark.parametrize("channel", ["content", "reasoning"])
def test_repeated_text_is_counted_per_reply(channel):
    steps = [reply(call(), **{channel: SENTENCE * 9}), reply(call(), **{channel: "fine"})]
    scored = score(episode(user(SENTENCE * 9), *steps))
    assert scored.repeated_replies == 1
    assert scored.error_repeating_replies == (channel == "content")
    [finding] = [one for one in scored.other_findings if one.kind == "repeated_text"]
    assert (finding.step_id, finding.prompt_tokens) == (2, 1000)
    assert "9 times" in finding.explanation


def test_files_that_repeat_themselves_are_data():
    content = json.dumps({"path": "a.csv", "content": "0,0,0,ok\n" * 500})
    assert score(episode(user("do"), reply(call(content, name="write_file")))).repeated_replies == 0


def test_calls_behind_submit_in_the_same_reply():
    steps = [
        reply(call(), call("{}", name="submit"), call(), call()),
        user("one more thing"),
        reply(call(), call("{}", name="submit")),
    ]
    scored = score(episode(user("do"), *steps))
    assert scored.calls_after_submit == 2
    [finding] = [one for one in scored.other_findings if one.kind == "call_after_submit"]
    assert finding.text == "read_file, read_file"


def edit(old, new, path="a.py", slots=()):
    return reply(call(json.dumps({"path": path, "edits": [{"old": old, "new": new}]}), name="edit_file"), slots=slots)


def write(content, path="a.py"):
    return reply(call(json.dumps({"path": path, "content": content}), name="write_file"))


NOT_FOUND = CopySlot(call_index=0, kind=CopySlotKind.EDIT_OLD, json_path="$.edits[0].old", written="x", exists=False)


@pytest.mark.parametrize(
    ("steps", "undone"),
    [
        ([edit("a", "b"), edit("b", "a")], 1),
        ([edit("a", "b"), edit("b", "a", path="./a.py")], 1),
        ([edit("a", "b"), edit("b", "a", path="b.py")], 0),
        ([edit("a", "b"), edit("b", "c")], 0),
        ([edit("a", "b"), edit("b", "a"), edit("a", "b")], 1),
        ([edit("a", "b"), edit("b", "a"), edit("a", "b"), edit("b", "a")], 2),
        ([edit("a", "b", slots=[NOT_FOUND]), edit("b", "a")], 0),
        ([edit("a", "a"), edit("a", "a")], 0),
        ([write("1"), write("2"), write("1")], 1),
        ([write("1"), write("1")], 0),
        ([write("1"), write("2", path="b.py"), write("1", path="b.py")], 0),
    ],
)
def test_edits_undone(steps, undone):
    assert score(episode(user("do"), *steps)).undone_edits == undone


@pytest.mark.parametrize(
    ("changed", "outside"),
    [
        ([], []),
        (["config/app.toml", "src/main.py"], []),
        (["notes.txt", "src/main.py"], ["notes.txt"]),
        (["docs/asked.md"], []),
        (["x/__pycache__/a.pyc", ".pytest_cache/v", "build/a.o"], []),
        (["src/main.py.bak", "tests/test_new.py"], ["src/main.py.bak", "tests/test_new.py"]),
    ],
)
def test_files_outside_the_task(changed, outside):
    detail = Detail(id="port", value="1", check=Check(file="./config/app.toml", toml="port"))
    fields = {"details": [detail], "evidence": Evidence(changed_files=changed), "solution_files": ["src/main.py"]}
    scored = score(episode(user("Change the port, and say so in asked.md"), reply(call()), **fields))
    assert scored.outside_files == len(outside)
    assert [one.text for one in scored.other_findings if one.kind == "outside_file"] == outside


def test_without_a_known_solution_nothing_is_outside():
    scored = score(episode(user("do"), reply(call()), evidence=Evidence(changed_files=["x"])))
    assert scored.outside_files is None


def test_the_verifiers_counts():
    steps = [
        reply(call(), call()),
        reply(call(), call("{")),
        reply(reasoning="hm", finish="stop"),
        reply(reasoning='<tool_call>{"name": "read_file", "arguments": {}}', finish="stop"),
        reply(content="done", finish="length"),
        reply(call(), finish="stop"),
    ]
    scored = score(episode(user("do"), *steps))
    assert scored.finish_reasons == {"length": 1, "stop": 3, "tool_calls": 2}
    assert scored.valid_replies == 1
    assert scored.triggered == [True, True, False, False, False, False]
    assert scored.calls_per_reply == {"0": 3, "1": 1, "2": 2}
    assert scored.only_reasoning_replies == 2
    assert scored.reply_classes["protocol:reasoning_only"] == 1
