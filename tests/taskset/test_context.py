from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentbench.errors import ContextPlanError
from agentbench.probing import states
from agentbench.records import ContextPlanKind, Fact, RenderedTask, TaskSpec, digest
from agentbench.taskset import (
    CONTEXT_PLAN_VERSION,
    BuiltContext,
    TokenizerCounter,
    WordsCounter,
    build_context,
    load_task,
    render,
)
from agentbench.taskset.depth import SLOTS, fact_slots
from agentbench.taskset.plans import plan_of, told_values
from tests.taskset.task_files import TOML, WriteTask, write
from tests.taskset.test_tokens import TEMPLATE

SYSTEM = "You are a software engineer working in a sandbox. Call submit when the work is complete."


def tool(name: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": f"The tool {name}.", "parameters": schema}}


TOOLS = [tool("read_file", path={"type": "string"}), tool("bash", command={"type": "string"}), tool("submit")]
WORDS = WordsCounter()


@pytest.fixture
def task(native_task: WriteTask, tasks_root: Path) -> TaskSpec:
    return load_task(native_task(), root=tasks_root)


def build(rendered: RenderedTask, size: int, **changes: Any) -> BuiltContext:
    arguments: dict[str, Any] = {"tools": TOOLS, "system_prompt": SYSTEM, "counter": WORDS, "seed": 0, **changes}
    return build_context(rendered, size, **arguments)


def results(context: BuiltContext) -> list[str]:
    return [message["content"] for message in context.messages if message["role"] == "tool"]


@pytest.mark.parametrize("size", [1024, 2048, 4096, 6144, 8192, 32_768, 65_536, 131_072, 184_320])
def test_the_size_is_met_and_calls_and_turns_stay(size: int, task: TaskSpec) -> None:
    for variant in range(4 if size < 30_000 else 1):
        rendered = render(task, variant, 0)
        context = build(rendered, size)
        assert context.prompt_tokens == WORDS.count(context.messages, TOOLS)
        assert abs(context.prompt_tokens - size) <= max(2, size // 500)
        roles = [message["role"] for message in context.messages]
        assert roles == ["system", "user", *["assistant", "tool"] * SLOTS, "assistant", "user", "assistant", "user"]
        assert context.messages[-1]["content"] == rendered.instruction
        assert context.counted_by == "words"


def test_the_bytes_are_pinned(task: TaskSpec) -> None:
    """If this changes, stored references no longer compare: raise CONTEXT_PLAN_VERSION and pin the new digest."""
    context = build(render(task, 0, 0), 6144)
    assert (CONTEXT_PLAN_VERSION, context.request_digest[:16]) == PINNED


PINNED = (2, "69b070a32e80b6ad")


@pytest.mark.parametrize("plan", ContextPlanKind)
def test_every_plan_meets_its_size_with_the_same_turns_and_depths(plan: ContextPlanKind, task: TaskSpec) -> None:
    for variant in range(5):
        rendered = render(task, variant, 0)
        contexts = [build(rendered, size, plan=plan) for size in (2048, 8192, 65_536)]
        for context, size in zip(contexts, (2048, 8192, 65_536), strict=True):
            assert abs(context.prompt_tokens - size) <= max(2, size // 500)
        shapes = {
            tuple((one["role"], len(one.get("tool_calls", ()))) for one in context.messages) for context in contexts
        }
        assert len(shapes) == 1
        depths = [[(one.detail_id, one.depth) for one in context.told] for context in contexts]
        history = [(one.detail_id, one.depth) for one in build(rendered, 8192).told]
        assert depths == [history] * 3, "facts stand at the same depths in every plan and at every size"


def test_documents_show_no_call_and_mixed_shows_three(task: TaskSpec) -> None:
    rendered = render(task, 0, 0)
    calls = {
        plan: sum(len(message.get("tool_calls", ())) for message in build(rendered, 8192, plan=plan).messages)
        for plan in ContextPlanKind
    }
    assert calls == {"history": SLOTS, "documents": 0, "distractors": SLOTS, "mixed": SLOTS - 2}


@pytest.mark.parametrize("plan", ContextPlanKind)
def test_told_offsets_hold_in_every_plan(plan: ContextPlanKind, task: TaskSpec, tokenizer_json: Path) -> None:
    counter = TokenizerCounter(tokenizer_json, TEMPLATE)
    for variant in range(3):
        rendered = render(task, variant, 0)
        context = build(rendered, 8192, counter=counter, plan=plan)
        text = counter.render(context.messages, TOOLS)
        told = {one.detail_id: one.offset_tokens for one in context.told}
        for detail in rendered.details:
            if detail.id in told and detail.id != "window":
                true = counter.count_text(text[: text.index(str(detail.value))])
                assert abs(told[detail.id] - true) <= 120, (plan, variant, detail.id)


@pytest.mark.parametrize("plan", [ContextPlanKind.DISTRACTORS, ContextPlanKind.MIXED])
def test_near_duplicates_tell_other_values_and_name_their_installation(plan: ContextPlanKind, task: TaskSpec) -> None:
    rendered = render(task, 1, 0)
    text = "\n".join(str(message["content"]) for message in build(rendered, 32_768, plan=plan).messages)
    for fact in rendered.facts:
        assert text.count(f"This installation: {fact.text}") == 1
        text = text.replace(fact.text, "")
        opening = fact.text.split(str(rendered.details[0].value))[0][:20]
        assert text.count(opening) >= 3, "no near-duplicate of the fact"
    text = text.replace(rendered.instruction, "")
    for value in told_values(rendered):
        assert not states(text.lower(), value.lower()), value


def test_plans_rotate_over_whole_turns_of_the_depths() -> None:
    plans = list(ContextPlanKind)
    for cluster in ("a", "b", "c/d"):
        seen = [plan_of(plans, variant=variant, cluster=cluster) for variant in range(20)]
        assert all(len(set(seen[start : start + SLOTS])) == 1 for start in range(0, 20, SLOTS))
        assert set(seen) == set(plans)
    firsts = Counter(plan_of(plans, variant=0, cluster=f"cluster-{number}") for number in range(400))
    assert all(70 < count < 130 for count in firsts.values()), firsts


def test_calls_are_well_formed(task: TaskSpec) -> None:
    context = build(render(task, 0, 0), 4096, reasoning_field="reasoning_content")
    calls = [message for message in context.messages if message.get("tool_calls")]
    answers = [message for message in context.messages if message["role"] == "tool"]
    for message, answer in zip(calls, answers, strict=True):
        (call,) = message["tool_calls"]
        assert (call["type"], call["function"]["name"]) == ("function", "read_file")
        assert json.loads(call["function"]["arguments"])["path"].startswith("handover/")
        assert answer["tool_call_id"] == call["id"]
    assert len({message["tool_calls"][0]["id"] for message in calls}) == SLOTS
    assistants = [message for message in context.messages if message["role"] == "assistant"]
    assert all(message["reasoning_content"] for message in assistants)
    without = build(render(task, 0, 0), 4096)
    assert not any("reasoning_content" in message for message in without.messages)
    assert context.request_digest != without.request_digest == digest({"messages": without.messages, "tools": TOOLS})


def test_every_fact_stands_once_and_filler_states_no_value(task: TaskSpec) -> None:
    for variant in range(6):
        rendered = render(task, variant, 3)
        text = "\n".join(results(build(rendered, 32_768, seed=3)))
        for fact in rendered.facts:
            assert text.count(fact.text) == 1
            text = text.replace(fact.text, "")
        for value in told_values(rendered):
            assert not states(text.lower(), value.lower()), value


def test_common_words_as_values_leave_filler_clean(native_task: WriteTask, tasks_root: Path) -> None:
    toml = TOML.replace(
        'owner = { kind = "word" }', 'owner = { kind = "choice", choices = ["INFO", "limit", "ok", "3"] }'
    )
    task = load_task(native_task(task_DOT_toml=toml), root=tasks_root)
    seen = set()
    for variant in range(8):
        rendered = render(task, variant, 0)
        seen.add(rendered.values["owner"])
        text = "\n".join(results(build(rendered, 16_384)))
        assert not states(text.lower(), rendered.values["owner"].lower())
    assert len(seen) > 1


@pytest.mark.parametrize("size", [2048, 8192, 65_536])
def test_told_offsets_are_where_the_values_stand(size: int, task: TaskSpec, tokenizer_json: Path) -> None:
    counter = TokenizerCounter(tokenizer_json, TEMPLATE)
    rendered = render(task, 2, 0)
    context = build(rendered, size, counter=counter)
    assert abs(context.prompt_tokens - size) <= size // 500
    text = counter.render(context.messages, TOOLS)
    told = {one.detail_id: one for one in context.told}
    assert set(told) == {"port", "region", "window"}  # the owner comes in a follow-up
    for detail in rendered.details:
        if detail.id in told:
            start = text.rindex(str(detail.value)) if detail.id == "window" else text.index(str(detail.value))
            true = counter.count_text(text[:start])
            assert abs(told[detail.id].offset_tokens - true) <= max(40, 0.01 * size)


def test_depth_is_the_same_at_every_size(task: TaskSpec) -> None:
    for variant in range(5):
        rendered = render(task, variant, 0)
        contexts = [build(rendered, size) for size in (2048, 8192, 65_536)]
        assert len({tuple((one.detail_id, one.depth) for one in context.told) for context in contexts}) == 1
        for context in contexts:
            planned = {one.detail_id: one.depth for one in context.told}["port"]
            assert planned is not None
            history = "\n".join(results(context))
            measured = WORDS.count_text(history[: history.index(rendered.facts[0].text)]) / WORDS.count_text(history)
            assert measured == pytest.approx(planned, abs=0.08)


def facts(tells: list[list[str]], stale: list[list[str]]) -> list[Fact]:
    return [
        *(Fact(id=f"t{number}", text="x", tells=ids) for number, ids in enumerate(tells)),
        *(Fact(id=f"s{number}", text="x", stale_for=ids) for number, ids in enumerate(stale)),
    ]


LAYOUTS = [
    facts([["a"]], [["a"]]),
    facts([["a", "b"], ["c"]], [["a"], ["b", "c"]]),
    facts([["a"], ["b"], ["c"], ["d"]], [["a", "b"], ["c", "d"]]),
    facts([["a", "b", "c"]], [["a"], ["b"], ["c"], ["a", "b"]]),
    facts([[str(number)] for number in range(9)], [[str(number)] for number in range(9)]),
    [],
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_facts_by_depth_by_variant_is_balanced(layout: list[Fact]) -> None:
    for cluster in ("a", "b/c"):
        table = [fact_slots(layout, variant=variant, cluster=cluster) for variant in range(20)]
        for index in range(len(layout)):
            for start in range(16):
                visited = [table[variant][index] for variant in range(start // 5 * 5, start // 5 * 5 + 5)]
                assert sorted(visited) == list(range(SLOTS))
            assert set(Counter(row[index] for row in table).values()) == {4}
        for row in table:
            for one, left in zip(layout, row, strict=True):
                for other, right in zip(layout, row, strict=True):
                    if set(one.tells) & set(other.stale_for):
                        assert left != right
        for one, current in enumerate(layout):
            for other, old in enumerate(layout):
                if set(current.tells) & set(old.stale_for):
                    assert sum(row[other] < row[one] for row in table) == 10


def test_details_by_depth_by_size_is_balanced(task: TaskSpec) -> None:
    """Every detail at every depth as often as any other, at each size: no depth stands for a detail or a size."""
    table: Counter[tuple[str, float | None, int]] = Counter()
    for size in (2048, 8192):
        for variant in range(10):
            for one in build(render(task, variant, 0), size).told:
                if one.depth is not None:
                    table[one.detail_id, one.depth, size] += 1
    assert len(table) == 2 * SLOTS * 2
    assert set(table.values()) == {2}


def test_five_contradictions_are_too_many() -> None:
    with pytest.raises(ContextPlanError, match="fact 's4': facts that contradict it take all 5 depths"):
        current = Fact(id="s4", text="x", tells=["a"])
        fact_slots([*facts([], [["a"]] * 5), current][::1], variant=0, cluster="a")


def test_too_small_a_size_names_the_floor(task: TaskSpec) -> None:
    rendered = render(task, 0, 0)
    with pytest.raises(ContextPlanError, match=r"config/gateway\[v0\]: .* alone take (\d+) tokens") as caught:
        build(rendered, 300)
    floor = int(str(caught.value).split("alone take ")[1].split()[0])
    assert build(rendered, floor).prompt_tokens == floor
    assert build(rendered, floor + 10).prompt_tokens == pytest.approx(floor + 10, abs=10)


def test_read_file_is_needed(task: TaskSpec) -> None:
    with pytest.raises(ContextPlanError, match="calls read_file"):
        build(render(task, 0, 0), 4096, tools=TOOLS[1:])
    documents = build(render(task, 0, 0), 4096, tools=TOOLS[1:], plan=ContextPlanKind.DOCUMENTS)
    assert documents.prompt_tokens == pytest.approx(4096, abs=10)


def test_clusters_share_no_filler(native_task: WriteTask, tasks_root: Path) -> None:
    contexts = []
    for name in ("a/one", "a/two"):
        rendered = render(load_task(native_task(name), root=tasks_root), 0, 0)
        contexts.append(
            {line for text in results(build(rendered, 32_768)) for line in text.splitlines() if len(line) > 70}
        )
    assert not contexts[0] & contexts[1]


def test_longer_contexts_begin_like_shorter_ones(task: TaskSpec) -> None:
    rendered = render(task, 0, 0)
    short, long = results(build(rendered, 4096)), results(build(rendered, 16_384))
    for one, other in zip(short, long, strict=True):
        assert other.startswith(one.split("\n\nNote: ")[0].rstrip()[:-20])


def test_plain_tasks_have_contexts_too(foreign_task: WriteTask, tasks_root: Path) -> None:
    rendered = render(load_task(foreign_task(), root=tasks_root), 0, 0)
    context = build(rendered, 4096)
    assert (context.told, context.messages[-1]["content"]) == ([], rendered.instruction)
    assert context.prompt_tokens == pytest.approx(4096, rel=0.01)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1500, 20_000), variant=st.integers(0, 200), seed=st.integers(0, 2**32))
def test_any_size_variant_and_seed(
    size: int, variant: int, seed: int, tokenizer_json: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.taskset.task_files import NATIVE

    root = tmp_path_factory.mktemp("tasks")
    task = load_task(write(root / "x", NATIVE), root=root)
    rendered = render(task, variant, seed)
    for counter in (WORDS, TokenizerCounter(tokenizer_json, TEMPLATE)):
        context = build(rendered, size, seed=seed, counter=counter)
        assert context.prompt_tokens == counter.count(context.messages, TOOLS)
        assert abs(context.prompt_tokens - size) <= size // 100
        assert build(rendered, size, seed=seed, counter=counter) == context
