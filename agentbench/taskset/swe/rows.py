"""Reads SWE-bench and SWE-smith rows (JSON lines), each as one foreign task, for hosts that have their images.

SWE-bench: the image is the repository before the fix; ``patch`` is the fix, ``test_patch`` the tests that show it.
SWE-smith: the image is a sound repository; ``patch`` is the *bug*, which the agent meets with the tests that tell of it
removed and without a history; its reverse is the fix.

Both are graded as their own harnesses do it: the agent's diff is applied to a fresh container.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from agentbench.errors import TaskError, UnsupportedTaskError, did_you_mean
from agentbench.records import (
    CollectHook,
    FileContent,
    RenderedTask,
    SandboxNeeds,
    SandboxProfile,
    TaskSpec,
    canonical_json,
    digest,
)

REPO = "/testbed"
IMAGE = "swebench/sweb.eval.x86_64.{}"
"""SWE-bench's name for an instance's image."""
VERIFIER_TIMEOUT_S = 1800.0
"""SWE-bench's own."""
_BUDGET_SHARE = 0.8
_CPUS, _MEMORY_MB = 2, 4096
_COLLECT = f"cd {REPO} && git add -A && git diff --cached --binary agentbench-start >/logs/artifacts/model.patch"
_TEST_ID = re.compile(r"[^\s:]+\.py::.+", re.DOTALL)
_HERE = Path(__file__).parent
_SCRIPTS = ("env.sh", "setup.sh", "test.sh", "verify.py", "report.py")


class _Row(BaseModel):
    """What is read of a row."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    instance_id: str
    patch: str
    problem_statement: str
    FAIL_TO_PASS: list[str]
    PASS_TO_PASS: list[str]
    test_patch: str | None = None
    """SWE-bench only."""
    repo: str = ""
    image_name: str | None = None
    docker_image: str | None = None
    image: str | None = None

    @field_validator("patch", "test_patch")
    @classmethod
    def _ended(cls, patch: str | None) -> str | None:
        """End a patch as git wants it: some data sets strip the last line break."""
        return patch if not patch or patch.endswith("\n") else f"{patch}\n"

    @field_validator("FAIL_TO_PASS", "PASS_TO_PASS", mode="before")
    @classmethod
    def _json_texts(cls, value: Any) -> Any:
        """Take a list that is JSON in a text, as SWE-bench has it."""
        return json.loads(value) if isinstance(value, str) else value

    @property
    def is_smith(self) -> bool:
        return self.test_patch is None

    @property
    def image_reference(self) -> str:
        named = self.image_name or self.docker_image or self.image
        return named or IMAGE.format(self.instance_id.lower().replace("__", "_1776_"))

    @property
    def run_files(self) -> list[str]:
        """The test files that are run: SWE-bench's harness, too, runs whole files."""
        return sorted({test.partition("::")[0] for test in (*self.FAIL_TO_PASS, *self.PASS_TO_PASS)})

    @property
    def test_files(self) -> list[str]:
        """All files that the agent has no say in."""
        patched = re.findall(r"^(?:---|\+\+\+) [ab]/(.+?)\t?$", self.test_patch or "", re.MULTILINE)
        return sorted({*self.run_files, *patched})


def row_ids(file: Path) -> list[str]:
    """Return the instance ids of a file's rows in order; TaskError, with file and line, where a row has none."""
    return list(_index(file, *_version(file)))


def load_row(file: Path, instance_id: str, *, root: Path) -> TaskSpec:
    """Load one row.

    Args:
        file: The JSON lines.
        instance_id: Which row.
        root: From where ids are counted: ``FILE/INSTANCE``, without the file's suffix.

    Raises:
        TaskError: The row is malformed or not there.
        UnsupportedTaskError: Its tests are not pytest's, or it tells no problem.

    """
    row = _read(file, instance_id)
    task_id = f"{file.relative_to(root).with_suffix('').as_posix()}/{instance_id}"
    if not re.fullmatch(r"[A-Za-z0-9._/-]+", task_id):
        raise TaskError(f"{file}: the id '{task_id}' may hold letters, digits, '.', '_' and '-' only")
    _refuse(row, task_id)
    return TaskSpec(
        id=task_id,
        path=str(file),
        row=instance_id,
        name=instance_id,
        cluster=task_id,
        digest=digest({"row": row.model_dump(), "scripts": {name: digest(data) for name, data in _scripts().items()}}),
        native=False,
        sandbox=SandboxNeeds(
            image=row.image_reference,
            profile=SandboxProfile.HARBOR,
            workdir=REPO,
            cpus=_CPUS,
            memory_mb=_MEMORY_MB,
            env={"BASH_ENV": "/etc/agentbench-env.sh"},
            verifier_mode="separate",
        ),
        verifier_timeout_s=VERIFIER_TIMEOUT_S,
        verifier_env={"AGENTBENCH_VERIFY_BUDGET_S": f"{VERIFIER_TIMEOUT_S * _BUDGET_SHARE:g}"},
        collect=[CollectHook(command=_COLLECT)],
        tags=["swe-smith" if row.is_smith else "swe-bench"],
        metadata={"repo": row.repo},
    )


def render_row(task: TaskSpec, variant: int) -> RenderedTask:
    """Render a row: it has no variables, so that all variants are the same."""
    assert task.row is not None, "a row's task"
    row = _read(Path(task.path), task.row)
    scripts = _scripts()
    setup = {"setup.sh": scripts["setup.sh"], "env.sh": scripts["env.sh"]}
    if row.is_smith:
        hidden = sorted({test.partition("::")[0] for test in row.FAIL_TO_PASS})
        setup |= {"bug.patch": row.patch.encode(), "hidden": "".join(f"{name}\n" for name in hidden).encode()}
    names = {"test_files": row.test_files, "run_files": row.run_files}
    wanted = {"fail_to_pass": row.FAIL_TO_PASS, "pass_to_pass": row.PASS_TO_PASS}
    tests = {
        **setup,
        "test.sh": scripts["test.sh"],
        "verify.py": scripts["verify.py"],
        "plugin/agentbench_swe_report.py": scripts["report.py"],
        "row.json": canonical_json({**names, **wanted}).encode(),
        **({"test.patch": row.test_patch.encode()} if row.test_patch else {}),
    }
    return RenderedTask(
        task=task,
        variant=variant,
        values={},
        instruction=row.problem_statement.rstrip() + "\n",
        setup=_tree(setup),
        tests=_tree(tests),
        solution=_tree({"solve.sh": _solution(row).encode()}),
    )


def _solution(row: _Row) -> str:
    options = "--whitespace=nowarn" + " -R" * row.is_smith
    end = "END_OF_THE_PATCH"
    return f"cd {REPO}\ngit apply {options} <<'{end}'\n{row.patch}{end}\n"


def _tree(files: dict[str, bytes]) -> dict[str, FileContent]:
    return {name: FileContent(data=data) for name, data in files.items()}


@lru_cache(maxsize=1)
def _scripts() -> dict[str, bytes]:
    return {name: (_HERE / name).read_bytes() for name in _SCRIPTS}


def _refuse(row: _Row, task_id: str) -> None:
    """Name what a sound row has, or lacks, that keeps it from being run."""
    lacks = None
    if not row.problem_statement.strip():
        lacks = "a problem_statement, which it has not"
    elif not row.FAIL_TO_PASS:
        lacks = "a FAIL_TO_PASS test, and names none"
    elif row.is_smith and row.image_name is None:
        raise TaskError(
            f"{task_id}: found neither 'test_patch' (a SWE-bench row) nor 'image_name' (a SWE-smith row), expected one"
        )
    other = next((test for test in (*row.FAIL_TO_PASS, *row.PASS_TO_PASS) if not _TEST_ID.fullmatch(test)), None)
    if lacks is None and other is not None:
        lacks = f"tests that are not named as pytest names them ({other!r})"
    if lacks is not None:
        raise UnsupportedTaskError(f"{task_id}: needs {lacks}; agentbench does not support that")


def _read(file: Path, instance_id: str) -> _Row:
    places = _index(file, *_version(file))
    if instance_id not in places:
        raise TaskError(f"{file}: no row has the instance_id '{instance_id}'{did_you_mean(instance_id, places)}")
    number, offset = places[instance_id]
    with file.open("rb") as rows:
        rows.seek(offset)
        line = rows.readline()
    try:
        return _Row.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        said = "missing" if first["type"] == "missing" else f"found {str(first['input'])[:80]!r}; {first['msg']}"
        raise TaskError(f"{file}:{number}: {key}: {said}") from error


def _version(file: Path) -> tuple[int, int]:
    try:
        entry = file.stat()
    except OSError as error:
        raise TaskError(f"{file}: cannot be read: {error.strerror}") from error
    return entry.st_mtime_ns, entry.st_size


@lru_cache(maxsize=8)
def _index(file: Path, _mtime_ns: int, _size_bytes: int) -> dict[str, tuple[int, int]]:
    """Return line number and offset of each row by its instance id; data sets have rows by the ten thousand."""
    places: dict[str, tuple[int, int]] = {}
    offset = 0
    with file.open("rb") as rows:
        for number, line in enumerate(rows, start=1):
            if line.strip():
                instance = _instance_id(line, f"{file}:{number}")
                if instance in places:
                    raise TaskError(f"{file}:{number}: instance_id: '{instance}' is line {places[instance][0]}'s, too")
                places[instance] = number, offset
            offset += len(line)
    if not places:
        raise TaskError(f"{file}: holds no row; SWE-bench or SWE-smith rows, one JSON object a line, were expected")
    return places


def _instance_id(line: bytes, where: str) -> str:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise TaskError(f"{where}: is no JSON: {error}") from error
    instance = row.get("instance_id") if isinstance(row, dict) else None
    if not isinstance(instance, str) or not instance:
        raise TaskError(f"{where}: instance_id: found {instance!r}, expected the id of a SWE-bench or SWE-smith row")
    return instance
