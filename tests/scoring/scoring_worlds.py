"""Episodes built by hand, in the shape that the agent writes."""

from __future__ import annotations

from agentbench.records import (
    AtifAgent,
    AtifMetrics,
    AtifObservation,
    AtifObservationResult,
    AtifStep,
    Case,
    Cell,
    CopySlot,
    Episode,
    EpisodeEnd,
    Outcome,
    RawCall,
    ReplyFacts,
    Trajectory,
)

CASE = Case(cell=Cell(task_id="pack/task", cluster="task", variant=3, context_tokens=32768), trial=2)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "read_file",
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path"],
                "properties": {
                    "path": {"type": "string"},
                    "offset": {"type": "integer"},
                    "mode": {"enum": ["text", "hex"]},
                    "note": {"type": "string", "maxLength": 5},
                },
            },
        },
    },
]


def user(text: str, **fields) -> AtifStep:
    return AtifStep(step_id=0, source="user", message=text, **fields)


def call(arguments: str | None = '{"path":"a.py"}', name: str | None = "read_file", id_: str | None = "c") -> RawCall:
    return RawCall(id=id_, name=name, arguments=arguments)


def reply(
    *calls: RawCall,
    content: str = "",
    reasoning: str | None = None,
    finish: str | None = None,
    slots: list[CopySlot] = (),
    results: list[str] | None = None,
    prompt_tokens: int = 1000,
) -> AtifStep:
    calls = tuple(
        one if one.id != "c" else one.model_copy(update={"id": f"c{index}"}) for index, one in enumerate(calls)
    )
    facts = ReplyFacts(
        finish_reason=finish or ("tool_calls" if calls else "stop"),
        raw_calls=list(calls),
        copy_slots=list(slots),
        result_digests=results if results is not None else [f"r{index}" for index in range(len(calls))],
    )
    return AtifStep(
        step_id=0,
        source="agent",
        message=content,
        reasoning_content=reasoning,
        observation=AtifObservation(results=[AtifObservationResult(content="result") for _ in calls]),
        metrics=AtifMetrics(prompt_tokens=prompt_tokens, completion_tokens=10),
        extra=facts.model_dump(mode="json"),
    )


def trajectory(*steps: AtifStep, tools=TOOLS) -> Trajectory:
    numbered = [step.model_copy(update={"step_id": index + 1}) for index, step in enumerate(steps)]
    return Trajectory(agent=AtifAgent(name="agentbench", version="0", tool_definitions=tools), steps=numbered)


def episode(*steps: AtifStep, tools=TOOLS, **fields) -> Episode:
    base = {
        "case": CASE,
        "quant": "nvfp4",
        "end": EpisodeEnd.SUBMITTED,
        "outcome": Outcome.SOLVED,
        "trajectory": trajectory(*steps, tools=tools) if steps else None,
    }
    return Episode(**(base | fields))
