"""Plays a rendered task's solution as tool calls, with the tools that a request offers.

A native solution is an overlay over the workspace: every file that it changes is read and then edited (or written,
where it is new or no passage is unique); what else ``solve.sh`` does is one ``bash`` call. A foreign solution is its
``solve.sh`` in one ``bash`` call.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from agentbench.records import FileContent, RenderedTask
from agentbench.sim.edits import edits_between
from agentbench.taskset import of_step

_OVERLAY = "files/"
_TEST_FILES = ("run_tests.sh", "package.json")


@dataclass(frozen=True, slots=True)
class Step:
    """One right call, and what is said with it."""

    tool: str
    arguments: dict[str, Any]
    says: str
    file: str | None = None
    """The workspace file that this call changes."""

    @property
    def is_look(self) -> bool:
        """Whether it may be repeated with the same result."""
        return self.tool in ("list_files", "read_file")


def play(rendered: RenderedTask, tools: Collection[str]) -> list[list[Step]]:
    """Return the steps of each user turn: the work is done after the last follow-up, before that it is looked at.

    Of a foreign task with steps, each step's solution is its turn's work.
    """
    before = range(len(rendered.follow_ups))
    done = [_work(of_step(rendered, index), tools) if rendered.steps else [] for index in before]
    stages = [[*_look(rendered, tools), *steps, _submit("Read; waiting for more.")] for steps in done]
    work = _work(rendered, tools)
    plan = [_plan(work, done=False)] if "plan" in tools else []
    after = [Step("run_tests", {}, "Running the tests.")] if "run_tests" in tools and _has_tests(rendered) else []
    closing = [_plan(work, done=True)] if "plan" in tools else []
    stages.append([*plan, *_look(rendered, tools), *work, *after, *closing, _submit("Done.")])
    return [[step for step in stage if step.tool in tools] for stage in stages]


def file_after(solution: RenderedTask, path: str) -> str | None:
    """Return the text that the solution gives a file; None where it gives none."""
    content = _overlay(solution).get(path)
    return None if content is None else _text(content)


def change(path: str, before: FileContent | None, after: str, tools: Collection[str]) -> list[Step]:
    """Return the calls that give a file another text, with the tools offered; none if that cannot be done."""
    return [step for step in _change(path, before, FileContent(data=after.encode()), tools) if step.tool in tools]


def _submit(summary: str) -> Step:
    return Step("submit", {"summary": summary}, "Handing in.")


def _look(_rendered: RenderedTask, tools: Collection[str]) -> list[Step]:
    return [Step("list_files", {}, "Looking around.")] if "list_files" in tools else []


def _plan(work: list[Step], *, done: bool) -> Step:
    files = sorted({step.file for step in work if step.file})
    names = [f"change {file}" for file in files] or ["carry out the task"]
    status = "done" if done else "pending"
    items = [{"step": name, "status": status} for name in names]
    return Step("plan", {"items": items}, "All done." if done else "Here is the plan.")


def _work(rendered: RenderedTask, tools: Collection[str]) -> list[Step]:
    steps: list[Step] = []
    modes: list[str] = []
    for path, after in sorted(_overlay(rendered).items()):
        before = rendered.workspace.get(path)
        if before is not None and before.data == after.data:
            continue
        steps += _change(path, before, after, tools)
        if after.mode & 0o111 and not (before is not None and before.mode & 0o111):
            modes.append(path)
    if modes:
        names = " ".join(shlex.quote(path) for path in modes)
        steps.append(Step("bash", {"command": f"chmod +x {names}"}, "Making it executable."))
    rest = _rest_of_script(rendered)
    if rest:
        steps.append(Step("bash", {"command": rest}, "Now the rest."))
    return steps


def _overlay(rendered: RenderedTask) -> dict[str, FileContent]:
    return {
        path.removeprefix(_OVERLAY): content for path, content in rendered.solution.items() if path.startswith(_OVERLAY)
    }


def _change(path: str, before: FileContent | None, after: FileContent, tools: Collection[str]) -> list[Step]:
    text = _text(after)
    if text is None:
        encoded = base64.b64encode(after.data).decode()
        command = f"mkdir -p {shlex.quote(_parent(path))} && echo {encoded} | base64 -d > {shlex.quote(path)}"
        return [Step("bash", {"command": command}, f"Writing {path}.", path)]
    old = _text(before) if before is not None else None
    reading = [Step("read_file", {"path": path}, f"Reading {path}.")] if old is not None else []
    edits = edits_between(old, text) if old is not None and "edit_file" in tools else None
    if edits:
        return [*reading, Step("edit_file", {"path": path, "edits": edits}, f"Changing {path}.", path)]
    if "write_file" in tools:
        return [*reading, Step("write_file", {"path": path, "content": text}, f"Writing {path}.", path)]
    command = f"mkdir -p {shlex.quote(_parent(path))} && printf %s {shlex.quote(text)} > {shlex.quote(path)}"
    return [*reading, Step("bash", {"command": command}, f"Writing {path}.", path)]


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "."


def _text(content: FileContent) -> str | None:
    try:
        return content.data.decode()
    except UnicodeDecodeError:
        return None


def _rest_of_script(rendered: RenderedTask) -> str:
    """Return what ``solve.sh`` does beside copying the overlay; empty if that is all."""
    script = rendered.solution.get("solve.sh")
    lines = script.data.decode().splitlines() if script is not None else []
    kept = [line for line in lines if not line.startswith("cp -R /solution/files/. ")]
    code = [line for line in kept if line.strip() and not line.startswith(("#", "set -"))]
    return "\n".join(line for line in kept if not line.startswith("#!")).strip() if code else ""


def _has_tests(rendered: RenderedTask) -> bool:
    if any(name in rendered.workspace for name in _TEST_FILES):
        return True
    makefile = rendered.workspace.get("Makefile")
    if makefile is not None and b"\ntest:" in b"\n" + makefile.data:
        return True
    return any(path.rpartition("/")[2].startswith("test_") and path.endswith(".py") for path in rendered.workspace)
