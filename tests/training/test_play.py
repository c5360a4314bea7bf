"""Conversations: played through the real loop and tools, and what of them is learnt."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from agentbench.agent import tool_schemas
from agentbench.catalog import load_family
from agentbench.records import Case, Cell, ContextPlanKind, ModelFamily, RenderedTask
from agentbench.taskset import TokenizerCounter, load_task, plain_messages, render
from training import play
from training.curriculum import ROOT, TASKS, Lesson, conversation, lessons, write
from training.encode import encode
from training.play import Played, UnplayableError, converse, replies_of


@pytest.fixture(scope="module")
def family() -> ModelFamily:
    return load_family("demo", rootdir=ROOT)


def rendered_of(task: str, variant: int = 0) -> RenderedTask:
    return render(load_task(TASKS / task, root=TASKS), variant, 1)


def played(rendered: RenderedTask, family: ModelFamily, seed: int = 0) -> Played:
    messages = plain_messages(rendered, system_prompt="Work.", reasoning_field=None)
    known = "\n".join(str(message["content"]) for message in messages)
    replies = replies_of(rendered, family, known, random.Random(seed))
    cell = Cell(task_id=rendered.task.id, cluster=rendered.task.cluster, variant=0, context_tokens=0)
    return converse(messages, rendered, Case(cell=cell, trial=0), family, replies)


def calls(found: Played) -> list[tuple[str, dict[str, Any], bool]]:
    made = []
    for place, message in enumerate(found.messages):
        for call in message.get("tool_calls") or ():
            function = call["function"]
            made.append((function["name"], json.loads(function["arguments"]), place in found.good))
    return made


def test_a_task_is_looked_at_edited_and_handed_in(family: ModelFamily) -> None:
    names = [name for name, _, _ in calls(played(rendered_of("config/gateway-limits"), family, seed=3))]
    assert names[0] == "list_files" and names[1] == "read_file" and names[-1] == "submit"
    assert "edit_file" in names


def test_a_follow_up_is_waited_for_and_answered(family: ModelFamily) -> None:
    rendered = rendered_of("session/feature-flags")
    found = played(rendered, family, seed=3)
    said = [message["content"] for message in found.messages if message["role"] == "user"]
    assert said[-len(rendered.follow_ups) :] == rendered.follow_ups
    assert [name for name, _, _ in calls(found)].count("submit") == len(rendered.follow_ups) + 1


def test_what_must_be_known_is_read_first(family: ModelFamily) -> None:
    made = calls(played(rendered_of("forensics/checkout-outage"), family, seed=3))
    read = [arguments["path"] for name, arguments, _ in made if name == "read_file"]
    assert len(read) > 1, "the report alone holds no evidence"


def test_a_slip_is_answered_with_an_error_and_not_learnt(family: ModelFamily, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "SLIPS", 1.0)
    for seed in range(10):
        found = played(rendered_of("controls/greeting"), family, seed)
        edits = [(arguments, good) for name, arguments, good in calls(found) if name == "edit_file"]
        assert [good for _, good in edits] == [False, True]
        (slip, _), (right, _) = edits
        assert slip != right and slip["path"] == right["path"]
        errors = [message for message in found.messages if str(message["content"]).startswith("Error")]
        assert len(errors) == 1


def test_edits_come_in_small_steps(family: ModelFamily) -> None:
    made = calls(played(rendered_of("controls/sensor-sign"), family))
    assert max(len(arguments["edits"]) for name, arguments, _ in made if name == "edit_file") <= play.MOST_EDITS


def test_a_solution_that_runs_a_command_is_refused(family: ModelFamily) -> None:
    with pytest.raises(UnplayableError, match="runs a command"):
        played(rendered_of("forensics/slowest-span"), family)


def test_what_is_learnt_are_the_right_replies_and_nothing_else(
    family: ModelFamily, tokenizer_json: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "SLIPS", 1.0)
    counter = TokenizerCounter(tokenizer_json, Path(family.chat_template).read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tools = tool_schemas(family.tools)
    found = played(rendered_of("controls/greeting"), family)
    ids, spans = encode(found, tools, counter, tokenizer)
    assert len(spans) == len(found.good)
    for place, (begin, end) in zip(sorted(found.good), spans, strict=True):
        assert ids[:begin] == counter.ids(found.messages[:place], tools), "what a server would see"
        text = tokenizer.decode(ids[begin:end], skip_special_tokens=False)
        assert text.startswith("<tool_call>") and text.endswith("</tool_call><|im_end|>")
        function = found.messages[place]["tool_calls"][0]["function"]
        said = json.loads(text.removeprefix("<tool_call>").removesuffix("</tool_call><|im_end|>"))
        assert said == {"name": function["name"], "arguments": json.loads(function["arguments"])}


@pytest.mark.parametrize("task", sorted({lesson.task for lesson in lessons()}))
def test_every_task_can_be_played(task: str, tokenizer_json: Path) -> None:
    for variant, plan in enumerate(ContextPlanKind):
        row = conversation(tokenizer_json, Lesson(task, variant, "least", plan))
        assert row["case"].startswith(f"{task}[v{variant}]")
        assert row["spans"] == sorted(row["spans"]) and row["spans"][-1][1] <= len(row["ids"])


def test_the_same_lessons_give_the_same_bytes(tmp_path: Path, tokenizer_json: Path) -> None:
    some = [Lesson("controls/greeting", variant, "least", ContextPlanKind.HISTORY) for variant in range(4)]
    for name in ("one", "two"):
        assert list(write(tmp_path / name, some, tokenizer=tokenizer_json)) == [1, 2, 3, 4]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
