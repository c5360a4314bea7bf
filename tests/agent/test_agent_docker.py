"""The tools in real containers of every language, and what happens when a sandbox goes away under the agent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from agentbench.agent import TOOLS, ChatClient, run_agent
from agentbench.agent.definition import ToolContext
from agentbench.errors import CancelledError, SandboxDiedError
from agentbench.records import Case, FileContent, Limits, SandboxSpec
from agentbench.sandbox import DockerProvider, Sandbox, ensure_image
from tests.agent.agent_helpers import ScriptedServer, call, reply

pytestmark = pytest.mark.docker

JS_TEST = "const t = require('node:test');\nt('adds', () => {});\n"
PY_TEST = "import unittest\n\nclass TestAdd(unittest.TestCase):\n    def test_add(self):\n        pass\n"
PY_SELECTORS = [
    "tests/test_add.py",
    "tests/test_add.py::TestAdd::test_add",
    "tests.test_add.TestAdd.test_add",
    "tests.test_add",
    "test_add",
]
MAKEFILE = "test:\n\t@cc -x c -o /tmp/t t.c && /tmp/t $(TESTS)\n"
TESTS = {
    "python": ({"tests/test_add.py": PY_TEST}, PY_SELECTORS, "1 passed"),
    "javascript": ({"test/add.test.js": JS_TEST, "package.json": "{}"}, ["test/add.test.js", "adds"], "pass 1"),
    "c": ({"Makefile": MAKEFILE, "t.c": "int main(){}\n"}, ["add"], "code 0"),
    "shell": ({"run_tests.sh": 'echo "ran $1"\n'}, ["add"], "ran add"),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[DockerProvider]:
    with DockerProvider("test-agent") as docker:
        yield docker


def make(provider: DockerProvider, name: str, files: dict[str, str]) -> Sandbox:
    image = ensure_image(name, build=True, progress=None)
    sandbox = provider.create(SandboxSpec(image=image))
    tree = {path: FileContent(data=text.encode()) for path, text in files.items()}
    sandbox.put_tree(sandbox.spec.workdir, tree, owner="agent")
    return sandbox


@pytest.mark.parametrize("name", TESTS)
def test_every_tool_works_in_every_image(provider: DockerProvider, name: str) -> None:
    files, selectors, expected = TESTS[name]
    sandbox = make(provider, name, {"a b.txt": "port = 44\nname = x\n", "sub/.git/x": "44", **files})
    context = ToolContext(sandbox, Limits(), threading.Event())

    def run(tool: str, **arguments: Any) -> str:
        return TOOLS[tool].run(context, arguments).text

    assert run("read_file", path="a b.txt", offset=2) == "name = x\n[lines 2-2 of 2]"
    assert run("search", pattern=r"\b44\b") == "a b.txt:1:port = 44"
    assert run("search", pattern="4{2}", output_mode="count") == "a b.txt:1"
    assert run("search", pattern="(").startswith("Error: the pattern is no valid regex")
    assert run("search", pattern="x", path="no").startswith("Error: no does not exist")
    assert "a b.txt (19 bytes)" in run("list_files", depth=1).splitlines()
    assert run("list_files", path="sub") == "[empty directory]"
    edited = run("edit_file", path="a b.txt", edits=[{"old": "44", "new": "45"}])
    assert edited == "Edited a b.txt: 1 edit made."
    assert run("write_file", path="deep/er/f", content="x\n") == "Created deep/er/f: 1 line."
    assert run("bash", command="cat 'a b.txt' deep/er/f; id -un; pwd").splitlines() == [
        "port = 45",
        "name = x",
        "x",
        "agent",
        "/workspace",
        "[exit code 0]",
    ]
    assert run("read_file", path="/root/x").startswith("Error: ")
    assert run("read_file", path="x\0y").startswith("Error: ")
    for one in selectors:
        assert expected in run("run_tests", selector=one)
    assert "[exit code 0]" in run("run_tests", env={"CI": "1"})
    sandbox.close()


def _run(sandbox: Sandbox, client: ChatClient, family: Any, case: Case, cancel: threading.Event) -> None:
    chosen = family()
    run_agent(
        messages=[{"role": "user", "content": "go"}],
        follow_ups=[],
        sandbox=sandbox,
        tools=chosen.tools,
        client=client,
        family=chosen,
        case=case,
        seed=1,
        cancel=cancel,
    )


@pytest.mark.parametrize(("cancelled", "error"), [(False, SandboxDiedError), (True, CancelledError)])
def test_a_sandbox_closed_under_a_command_ends_the_episode(
    provider: DockerProvider,
    monkeypatch: pytest.MonkeyPatch,
    server: ScriptedServer,
    client: ChatClient,
    family: Any,
    case: Case,
    cancelled: bool,
    error: type[Exception],
) -> None:
    sandbox = make(provider, "python", {})
    cancel = threading.Event()

    def close_under_way() -> None:
        started.wait(60)
        if cancelled:
            cancel.set()
        sandbox.close()

    started = threading.Event()
    run = sandbox.run

    def watched(*arguments: Any, **options: Any) -> Any:
        started.set()
        return run(*arguments, **options)

    monkeypatch.setattr(sandbox, "run", watched)
    closer = threading.Thread(target=close_under_way)
    closer.start()
    server.answers = [reply(call("bash", {"command": "sleep 60 & wait"}))]
    with pytest.raises(error):
        _run(sandbox, client, family, case, cancel)
    closer.join()
