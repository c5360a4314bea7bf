"""Small stored runs."""

from __future__ import annotations

import pytest

from agentbench.records import (
    AtifAgent,
    AtifStep,
    AtifToolCall,
    Case,
    Cell,
    Episode,
    EpisodeEnd,
    Evidence,
    HardLock,
    Limits,
    Lock,
    Outcome,
    PlannedRun,
    Probe,
    Sampling,
    ScoredEpisode,
    ServerInfo,
    SoftLock,
    Trajectory,
)
from tests.plans import plan_of

CELL = Cell(task_id="config/rate-limits", cluster="rate-limits", variant=3, context_tokens=32768)


def make_case(trial: int = 0) -> Case:
    return Case(cell=CELL, trial=trial)


def make_episode(trial: int = 0) -> Episode:
    step = AtifStep(
        step_id=1,
        source="agent",
        message="ünïcode \ufffd",
        tool_calls=[
            AtifToolCall(
                tool_call_id="a", function_name="bash", arguments={}, extra={"raw_arguments": '{"command": "ls'}
            )
        ],
        extra={"finish_reason": "length"},
    )
    return Episode(
        case=make_case(trial),
        quant="nvfp4",
        end=EpisodeEnd.SUBMITTED,
        outcome=Outcome.SOLVED,
        trajectory=Trajectory(agent=AtifAgent(name="agentbench", version="1"), steps=[step]),
        evidence=Evidence(probes=[Probe(detail_id="port", exists=True, content=b"\xff\x00port = 1")], reward=1.0),
    )


def make_scored(trial: int = 0) -> ScoredEpisode:
    return ScoredEpisode(
        scoring_version=1, case=make_case(trial), quant="nvfp4", outcome=Outcome.SOLVED, reward=1.0, replies=4
    )


@pytest.fixture
def lock() -> Lock:
    return Lock(
        hard=HardLock(
            family="sim",
            tasks={"config/rate-limits": "d1", "bugfix/x": "d2"},
            tools="t",
            prompts="p",
            template="c",
            sampling=Sampling(),
            limits=Limits(),
            seed=0,
        ),
        soft=SoftLock(concurrency=4, agentbench_version="0", date="2026-01-01"),
    )


@pytest.fixture
def plan() -> PlannedRun:
    return plan_of([CELL], trials=3, suite="demo")


@pytest.fixture
def server() -> ServerInfo:
    return ServerInfo(kind="vllm", base_url="http://127.0.0.1:1/v1", model="m", version="0.32.0")
