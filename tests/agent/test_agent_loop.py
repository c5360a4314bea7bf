from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from agentbench.agent import AgentRun, ChatClient, TurnNote, run_agent
from agentbench.errors import CancelledError, ModelRequestError
from agentbench.records import Case, EpisodeEnd, ModelFamily, ReplyFacts
from tests.agent.agent_helpers import ScriptedServer, call, reply
from tests.agent.local_sandbox import LocalSandbox

SUBMIT = reply(call("submit", {}))
PROSE = reply(content="I am done.")
LS = reply(call("bash", {"command": "echo hi"}))
CONTEXT: list[dict[str, Any]] = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "earlier"},
    {
        "role": "assistant",
        "content": "",
        "reasoning": "hm",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path":"a"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "aaa"},
    {"role": "user", "content": "now do it"},
]

Run = Callable[..., AgentRun]


@pytest.fixture
def run(server: ScriptedServer, client: ChatClient, sandbox: LocalSandbox, case: Case, family: Any) -> Run:
    def go(*answers: Any, settings: ModelFamily | None = None, **more: Any) -> AgentRun:
        server.answers = list(answers)
        chosen = settings or family()
        given: dict[str, Any] = {
            "messages": CONTEXT,
            "follow_ups": [],
            "cancel": threading.Event(),
            "tools": chosen.tools,
            **more,
        }
        return run_agent(sandbox=sandbox, client=client, family=chosen, case=case, seed=5, **given)

    return go


def facts(run: AgentRun) -> list[ReplyFacts]:
    return [ReplyFacts.model_validate(step.extra) for step in run.trajectory.steps if step.extra]


def test_an_episode_from_context_to_submit(run: Run, server: ScriptedServer) -> None:
    notes: list[TurnNote] = []
    done = run(LS, SUBMIT, on_turn=notes.append)
    assert done.end is EpisodeEnd.SUBMITTED
    steps = done.trajectory.steps
    assert [(step.source, step.is_copied_context) for step in steps] == [
        ("system", None),
        ("user", True),
        ("agent", True),
        ("user", None),
        ("agent", None),
        ("agent", None),
    ]
    assert [step.step_id for step in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[2].observation is not None
    assert steps[2].observation.results[0].content == "aaa"
    assert steps[4].observation is not None
    assert steps[4].observation.results[0].content == "hi\n[exit code 0]"
    assert (done.usage.requests, done.usage.prompt_tokens, done.usage.completion_tokens) == (2, 200, 20)
    assert done.usage.cached_tokens == 14
    assert [(note.turn, note.calls) for note in notes] == [(1, ["bash"]), (2, ["submit"])]
    sent = server.requests[1]["messages"]
    assert sent[: len(CONTEXT)] == CONTEXT
    assert sent[-1] == {"role": "tool", "tool_call_id": "id-bash", "content": "hi\n[exit code 0]"}
    assert server.headers[0]["X-Agentbench-Case"] == "pack/t[v1]@2k#0"
    assert [request["seed"] for request in server.requests] == [5, 6]


def test_the_request_holds_sampling_and_tools(run: Run, server: ScriptedServer, family: Any) -> None:
    run(SUBMIT, settings=family().model_copy(update={"extra_body": {"chat_template_kwargs": {"x": 1}}}))
    request = server.requests[0]
    assert {key: request[key] for key in ("temperature", "top_p", "max_tokens", "tool_choice", "model")} == {
        "temperature": 1.0,
        "top_p": 1.0,
        "max_tokens": 512,
        "tool_choice": "auto",
        "model": "m",
    }
    assert request["chat_template_kwargs"] == {"x": 1}
    assert [tool["function"]["name"] for tool in request["tools"]] == ["bash", "read_file", "edit_file", "submit"]


def test_reasoning_is_passed_back_in_the_familys_field(run: Run, server: ScriptedServer, family: Any) -> None:
    answer = reply(call("bash", {"command": "true"}), reasoning_content="because")
    done = run(answer, SUBMIT, settings=family(reasoning_field="reasoning"))
    assert server.requests[1]["messages"][-2]["reasoning"] == "because"
    assert [step.reasoning_content for step in done.trajectory.steps if step.source == "agent"] == [
        "hm",
        "because",
        None,
    ]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (call("bash", '{"command": "ls"'), "parse:bad_json"),
        (call("bash", "[1]"), "parse:not_object"),
        (call("bsh", {"command": "ls"}), "name:unknown"),
        (call(None, {"command": "ls"}), "name:unknown"),
        (call("bash", {"cmd": "ls"}), "schema:missing_required"),
        (call("bash", {"command": "ls", "x": 1}), "schema:unexpected_property"),
        (call("bash", {"command": 1}), "schema:wrong_type"),
    ],
)
def test_a_malformed_call_is_answered_and_goes_back_as_valid_json(
    run: Run, server: ScriptedServer, bad: dict[str, Any], said: str
) -> None:
    done = run(reply(bad), SUBMIT)
    assert done.end is EpisodeEnd.SUBMITTED
    assistant, answer = server.requests[1]["messages"][-2:]
    assert isinstance(json.loads(assistant["tool_calls"][0]["function"]["arguments"]), dict)
    assert answer["role"] == "tool"
    assert answer["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert said in answer["content"]
    [raw] = facts(done)[0].raw_calls
    assert raw.arguments == bad["function"]["arguments"]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (reply(content='<tool_call>{"name": "bash"'), "make it a real tool call"),
        (reply(content="", finish="length"), "cut off by the output limit"),
        (reply(content="", reasoning="thinking"), "Your reply was empty"),
        (reply(content=None), "Your reply was empty"),
        (PROSE, "called no tool"),
    ],
)
def test_a_reply_without_calls_is_answered_by_a_user_turn(
    run: Run, server: ScriptedServer, bad: dict[str, Any], said: str
) -> None:
    assert run(bad, SUBMIT).end is EpisodeEnd.SUBMITTED
    answer = server.requests[1]["messages"][-1]
    assert answer["role"] == "user"
    assert said in answer["content"]


BAD = reply(call("nothing", {}))
CUT = reply(content="...", finish="length")


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ([PROSE, PROSE, PROSE], EpisodeEnd.GAVE_UP),
        ([PROSE, BAD, PROSE], EpisodeEnd.GAVE_UP),
        ([PROSE, PROSE, LS, PROSE, PROSE, SUBMIT], EpisodeEnd.SUBMITTED),
        ([CUT, CUT, CUT], EpisodeEnd.LIMIT_OUTPUT),
        ([CUT, CUT, PROSE], EpisodeEnd.GAVE_UP),
    ],
)
def test_three_unusable_replies_in_a_row_end_it(run: Run, answers: list[Any], end: EpisodeEnd) -> None:
    done = run(*answers)
    assert (done.end, done.usage.requests) == (end, len(answers))


def test_parallel_calls_run_in_order_and_nothing_after_submit(run: Run, sandbox: LocalSandbox) -> None:
    calls = [
        call("bash", {"command": "echo 1 > a"}, "x"),
        call("bash", {"command": "cat a"}, "x"),
        call("submit", {}),
        call("bash", {"command": "rm a"}),
    ]
    done = run(reply(*calls))
    assert done.end is EpisodeEnd.SUBMITTED
    assert (sandbox.root / "a").exists()
    step = done.trajectory.steps[-1]
    assert step.observation is not None
    assert [result.source_call_id for result in step.observation.results] == ["x", "call_0_1", "id-submit", "id-bash"]
    assert [result.content for result in step.observation.results][1:] == [
        "1\n[exit code 0]",
        "Submitted.",
        "Not executed: it came after submit.",
    ]


def test_what_stands_between_turns_may_end_the_episode(run: Run, server: ScriptedServer) -> None:
    asked: list[bool] = [True, False]
    done = run(SUBMIT, SUBMIT, SUBMIT, follow_ups=["also a", "also b"], go_on=lambda: asked.pop(0))
    assert (done.end, len(server.requests), asked) == (EpisodeEnd.SUBMITTED, 2, [])


def test_time_between_turns_is_off_the_clock(run: Run, family: Any) -> None:
    settings = family(wall_s=1)
    slow = run(SUBMIT, SUBMIT, follow_ups=["also a"], settings=settings, go_on=lambda: not time.sleep(1.2))
    assert slow.end is EpisodeEnd.SUBMITTED


def test_follow_ups_come_one_by_one_after_each_submit(run: Run, server: ScriptedServer) -> None:
    done = run(SUBMIT, LS, SUBMIT, SUBMIT, follow_ups=["also a", "also b"])
    assert done.end is EpisodeEnd.SUBMITTED
    users = [step.message for step in done.trajectory.steps if step.source == "user"]
    assert users == ["earlier", "now do it", "also a", "also b"]
    assert server.requests[1]["messages"][-1] == {"role": "user", "content": "also a"}


@pytest.mark.parametrize(
    ("limits", "window", "answers", "end", "requests"),
    [
        ({"turns": 2}, 8192, [LS, LS, LS], EpisodeEnd.LIMIT_TURNS, 2),
        ({"turns": 2}, 8192, [LS, SUBMIT], EpisodeEnd.SUBMITTED, 2),
        ({"total_tokens": 220}, 8192, [LS, LS, LS], EpisodeEnd.LIMIT_TOKENS, 2),
        ({"wall_s": 0.000001}, 8192, [LS], EpisodeEnd.LIMIT_WALL, 0),
        ({}, 8192, [LS, reply(call("bash", {"command": "true"}), tokens=7900)], EpisodeEnd.LIMIT_CONTEXT, 2),
    ],
)
def test_limits(run: Run, family: Any, limits: Any, window: int, answers: Any, end: EpisodeEnd, requests: int) -> None:
    done = run(*answers, settings=family(window=window, **limits))
    assert (done.end, done.usage.requests) == (end, requests)


def test_near_the_window_the_server_counts(run: Run, family: Any, server: ScriptedServer) -> None:
    long = reply(call("bash", {"command": "head -c 1500 /dev/zero | tr '\\0' x"}), tokens=200)
    tokens = {"count": 300, "tokens": list(range(300))}
    done = run(long, tokens, SUBMIT, settings=family(window=1124))
    assert done.end is EpisodeEnd.SUBMITTED
    assert server.paths == ["/v1/chat/completions", "/tokenize", "/v1/chat/completions"]


def test_the_wall_limit_ends_a_request_under_way(run: Run, family: Any) -> None:
    released = threading.Event()

    def slow(_: Any) -> Any:
        released.wait(20)
        return SUBMIT

    done = run(slow, settings=family(wall_s=0.5))
    released.set()
    assert done.end is EpisodeEnd.LIMIT_WALL


def test_cancel_ends_a_request_under_way(run: Run) -> None:
    cancel, released = threading.Event(), threading.Event()

    def slow(_: Any) -> Any:
        cancel.set()
        released.wait(20)
        return SUBMIT

    with pytest.raises(CancelledError):
        run(slow, cancel=cancel)
    released.set()


def test_a_long_result_is_cut_in_the_middle(run: Run, family: Any) -> None:
    done = run(reply(call("bash", {"command": "seq 1 3000"})), SUBMIT, settings=family(tool_output_chars=400))
    step = done.trajectory.steps[-2]
    assert step.observation is not None
    text = step.observation.results[0].content
    assert text is not None
    assert len(text) <= 400
    assert text.startswith("1\n2\n")
    assert text.endswith("3000\n[exit code 0]")
    assert "characters left out" in text


def test_equal_full_results_have_equal_digests(run: Run) -> None:
    done = run(LS, LS, reply(call("bash", {"command": "echo ho"})), SUBMIT)
    first, second, third = (fact.result_digests[0] for fact in facts(done)[:3])
    assert first == second != third


def test_copy_slots_stand_with_their_call(run: Run, sandbox: LocalSandbox) -> None:
    (sandbox.root / "app.py").write_text("timeout = 15\n")
    edit = call("edit_file", {"path": "app.py", "edits": [{"old": "timeout = 44", "new": "x"}]})
    done = run(reply(call("read_file", {"path": "ap.py"}), edit), SUBMIT)
    slots = facts(done)[0].copy_slots
    assert [(slot.call_index, slot.json_path, slot.exists, slot.nearest) for slot in slots] == [
        (0, "$.path", False, "app.py"),
        (1, "$.path", True, None),
        (1, "$.edits[0].old", False, "timeout = 15"),
    ]


def test_a_refused_request_carries_the_servers_words(run: Run) -> None:
    with pytest.raises(ModelRequestError, match=r"HTTP 400.*no such model"):
        run((400, {"error": {"message": "no such model"}}))
