"""What the model is told: shortened tool results, and why something was not executed."""

from __future__ import annotations

from agentbench.calls import CallJudgement, ReplyJudgement
from agentbench.records import CallClass, RawCall

_RAW_CHARS = 500

AFTER_SUBMIT = "Not executed: it came after submit."


def shorten(text: str, limit_chars: int) -> str:
    """Return a text of at most ``limit_chars`` characters: the middle is cut out, and the gap says how much it was."""
    if len(text) <= limit_chars:
        return text
    gap = f"\n[... {len(text) - limit_chars} characters left out ...]\n"
    keep = max(limit_chars - len(gap) - 8, 0)
    head = (keep + 1) // 2
    tail = keep - head
    gap = f"\n[... {len(text) - keep} characters left out ...]\n"
    return text[:head] + gap + (text[-tail:] if tail else "")


def refusal(raw: RawCall, judgement: CallJudgement) -> str:
    """Return the tool message for a call that is not valid, with what was written if it cannot be sent back."""
    text = f"Error ({judgement.call_class.value}): {judgement.explanation}. The call was not executed."
    if judgement.arguments is None and raw.arguments:
        shown = raw.arguments if len(raw.arguments) <= _RAW_CHARS else raw.arguments[:_RAW_CHARS] + "..."
        text += f"\nYou wrote: {shown}"
    return text


def nudge(judgement: ReplyJudgement, *, finish_reason: str | None) -> str:
    """Return the user message for a reply without any structured call."""
    if judgement.leaked is not None:
        return f"Error: {judgement.leaked.explanation}. Nothing was executed; make it a real tool call."
    if finish_reason == "length":
        return "Your reply was cut off by the output limit before a tool call. Be shorter, and call a tool."
    if CallClass.REASONING_ONLY in judgement.protocol or CallClass.EMPTY in judgement.protocol:
        return "Your reply was empty. Go on with the task by calling a tool."
    return "Your reply called no tool. Go on by calling a tool; when the work is complete, call submit."
