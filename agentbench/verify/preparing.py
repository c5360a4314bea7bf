"""From a line of a request set to the request that is sent, and to the digests that name it.

What is done to a line is what the two verifiers do, so that their result files can be joined: ``_input`` is read as
the system role, an assistant's ``reasoning_detail``, ``reasoning`` or ``reason`` becomes ``reasoning_content``, and
their own fields are not sent. Beside that, ``model`` is the served model's, and nothing about sampling is left to a
checkpoint's ``generation_config.json``: what a line leaves out is taken from the family.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentbench.agent.messages import encode
from agentbench.records import ModelFamily, digest

OWN_FIELDS = ("check_type", "expected_tool_call", "scenario_check")
"""Fields of the request sets that say what is checked; never sent."""
_TRANSPORT = ("model", "stream", "stream_options")
"""Fields that say where a request goes and how its reply travels, not what is asked."""
SAMPLING = (
    "temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty", "seed",
)  # fmt: skip
LIMITS = ("max_tokens", "max_completion_tokens")
_THINKING = ("reasoning_detail", "reasoning", "reason")


def prepared(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line's request without the fields that are not sent; doing it again changes nothing."""
    body = {key: value for key, value in line.items() if key not in (*OWN_FIELDS, "model")}
    body["messages"] = [_message(message) for message in line["messages"]]
    if body.get("stream"):
        options = body.get("stream_options")
        body["stream_options"] = {"include_usage": True, **(options if isinstance(options, dict) else {})}
    cleaned: dict[str, Any] = json.loads(encode(body))  # halves of surrogate pairs can be neither sent nor stored
    return cleaned


def effective(body: Mapping[str, Any], family: ModelFamily) -> dict[str, Any]:
    """Return the request as it is sent, but for the model's name and the trial's seed."""
    sampling, limits = family.sampling, family.limits
    filled: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if sampling.top_k is not None:
        filled["top_k"] = sampling.top_k
    if not any(body.get(key) is not None for key in ("max_tokens", "max_completion_tokens")):
        filled["max_tokens"] = limits.max_output_tokens
    return {**filled, **family.extra_body, **{key: value for key, value in body.items() if value is not None}}


def asked_digest(body: Mapping[str, Any]) -> str:
    """Return what names a request whoever sends it and however it is sampled: messages, tools, and other own fields."""
    own = {key: value for key, value in body.items() if key not in (*SAMPLING, *LIMITS, "n") and value is not None}
    return _digest(own)


def request_digest(sent: Mapping[str, Any]) -> str:
    """Return what names a request as it is sent here: another temperature is another request."""
    return _digest(sent)


def conversation_digest(body: Mapping[str, Any]) -> str:
    """Return what slices of one conversation have in common: tools, system prompt and first user turn."""
    start: list[Any] = []
    for message in body["messages"]:
        start.append([message.get("role"), message.get("content")])
        if message.get("role") == "user":
            break
    return digest({"start": start, "tools": body.get("tools") or []})


def parameters(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that is sent beside messages and tools."""
    return {key: value for key, value in sent.items() if key not in ("messages", "tools")}


def _digest(body: Mapping[str, Any]) -> str:
    """Return a digest in which the order of a tool's properties counts: the model reads them in that order."""
    asked = {key: value for key, value in body.items() if key not in _TRANSPORT}
    return digest({**asked, "tools": encode(asked.get("tools") or []).decode()})


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in message.items() if key not in _THINKING}
    if found.get("role") == "_input":
        found["role"] = "system"
    detail, *plain = (message.get(key) for key in _THINKING)
    parts = [part["text"] for part in detail if isinstance(part, dict) and part.get("text")] \
        if isinstance(detail, list) else []  # fmt: skip
    text = "\n".join(map(str, parts)) or next((one for one in plain if one), None)
    if text:
        found["reasoning_content"] = text
    return found
