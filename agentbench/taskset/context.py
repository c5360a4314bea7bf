"""Builds the first request of a case: a context of a given size around one variant of a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentbench.errors import ContextPlanError
from agentbench.probing import find_whole_word
from agentbench.records import ContextPlanKind, RenderedTask, Told, ToldIn, digest
from agentbench.taskset.atif import messages_of
from agentbench.taskset.draft import Draft
from agentbench.taskset.plans import draft_context
from agentbench.taskset.sizing import fill
from agentbench.taskset.tokens import TokenCounter

CONTEXT_PLAN_VERSION = 2
"""Raised whenever the same arguments give other messages: part of the hard lock."""


@dataclass(frozen=True, slots=True)
class BuiltContext:
    """The first request's messages, and what is known about them."""

    messages: list[dict[str, Any]]
    """System, scripted turns, and the instruction as the last user turn."""
    prompt_tokens: int
    """As counted over the rendered chat template with tools."""
    counted_by: str
    told: list[Told]
    """For details told in the context or the instruction. Offsets are summed from parts: good to a few tokens."""
    request_digest: str
    tools: list[dict[str, Any]]
    """What the request offers."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What all counts of one request share."""

    counter: TokenCounter
    tools: list[dict[str, Any]]

    def count(self, messages: list[dict[str, Any]]) -> int:
        return self.counter.count(messages, self.tools)


def build_context(
    rendered: RenderedTask,
    size_tokens: int,
    *,
    tools: list[dict[str, Any]],
    system_prompt: str,
    counter: TokenCounter,
    seed: int,
    plan: ContextPlanKind = ContextPlanKind.HISTORY,
    reasoning_field: str | None = None,
) -> BuiltContext:
    """Build the context of one case.

    The same arguments give the same bytes in every process. Facts, their depths, calls and turns are the same at every
    size; only the lengths of the scripted results differ.

    Args:
        rendered: The variant.
        size_tokens: The wanted size of the whole first request, tools included; met within 1 %.
        tools: Tool definitions in the OpenAI format; scripted calls read with ``read_file``.
        system_prompt: The system message.
        counter: Counts tokens. Both arms of a comparison must use the same one.
        seed: The run's base seed. Filler depends on it, on the cluster and on the variant.
        plan: What fills the context.
        reasoning_field: Name of the message field in which the family's template expects reasoning; scripted assistant
            turns then carry some.

    Raises:
        ContextPlanError: The size is below the floor (the message names it), or the plan's calls need a missing tool.

    """
    where = f"{rendered.task.id}[v{rendered.variant}]"
    draft = draft_context(rendered, plan, system_prompt=system_prompt, seed=seed, reasoning_field=reasoning_field)
    if draft.files and not any(tool.get("function", {}).get("name") == "read_file" for tool in tools):
        raise ContextPlanError(f"{where}: the context plan '{plan}' calls read_file, which is not among the tools")
    request = _Request(counter, tools)
    floor = request.count(draft.messages())
    if floor > size_tokens * 1.01:
        raise ContextPlanError(
            f"{where}: a context of {size_tokens} tokens was asked for, but tools, prompts, instruction and facts "
            f"alone take {floor} tokens; ask for at least that, or offer fewer tools"
        )
    tokens = fill(draft, size_tokens, floor, lambda: request.count(draft.messages()), counter.count_text)
    messages = draft.messages()
    return BuiltContext(
        messages=messages,
        prompt_tokens=tokens,
        counted_by=counter.name,
        told=_told(rendered, draft, request, tokens),
        request_digest=digest({"messages": messages, "tools": tools}),
        tools=tools,
    )


def plain_messages(
    rendered: RenderedTask, *, system_prompt: str, reasoning_field: str | None = None
) -> list[dict[str, Any]]:
    """Return a case's first request without a built context: what its task says came before, and the instruction.

    A chat request has one system message: what a recorded conversation's own said follows on the agent's.
    """
    prior = messages_of(rendered.prior, reasoning_field)
    said = [message["content"] for message in prior if message["role"] == "system"]
    return [
        {"role": "system", "content": "\n\n".join(dict.fromkeys([system_prompt, *said]))},
        *(message for message in prior if message["role"] != "system"),
        {"role": "user", "content": rendered.instruction},
    ]


def _told(rendered: RenderedTask, draft: Draft, request: _Request, total: int) -> list[Told]:
    """Locate the details' values; the template's share is spread evenly over the messages after the first."""
    count_text = request.counter.count_text
    head = float(request.count(draft.messages()[:1]))
    sizes = draft.content_tokens(count_text)[1:]
    overhead = max(0.0, (total - head - sum(sizes)) / len(sizes))
    starts = [0.0, *(head + sum(sizes[:index]) + overhead * (index + 0.5) for index in range(len(sizes)))]
    told = []
    for detail in rendered.details:
        if detail.value is None:
            continue
        if detail.told_in is ToldIn.HISTORY:
            for place in draft.locate(detail.id, detail.value, count_text):
                offset = starts[place.message] + place.tokens_ahead
                told.append(Told(detail_id=detail.id, offset_tokens=min(total, round(offset)), depth=place.depth))
        elif detail.told_in is ToldIn.INSTRUCTION:
            ahead = rendered.instruction[: find_whole_word(rendered.instruction, detail.value)]
            offset = starts[-1] + count_text(ahead)
            told.append(Told(detail_id=detail.id, offset_tokens=min(total, round(offset))))
    return told
