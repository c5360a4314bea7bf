# ruff: noqa: E501  (a table of messages)
from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from agentbench.errors import TaskError, UnsupportedTaskError, UsageError
from agentbench.taskset import discover, is_task_dir, load_task, of_step, render
from tests.taskset.task_files import FOREIGN, NATIVE, TOML, WriteTask, write


def replaced(old: str, new: str) -> dict[str, str]:
    assert old in TOML
    return {"task.toml": TOML.replace(old, new)}


def test_a_native_task(native_task: WriteTask, tasks_root: Path) -> None:
    task = load_task(native_task(), root=tasks_root)
    assert (task.id, task.cluster, task.name, task.native) == (
        "config/gateway",
        "config/gateway",
        "agentbench/gateway",
        True,
    )
    assert (task.sandbox.image, task.sandbox.profile, task.tests) == ("python", "strict", 2)
    assert list(task.variables) == ["port", "port_v1", "region", "region_v1", "window", "owner"]
    assert [detail.told_in for detail in task.details][:4] == ["history", "history", "instruction", "follow_up"]
    assert task.metadata == {"difficulty": "easy", "category": "config", "tags": ["toml", "python"]}
    assert task.follow_ups == ["Also set the owner to {{ owner }} in config/app.toml."]


SPOILED: dict[str, tuple[Mapping[str, str | bytes | None], str]] = {
    "truncated TOML": ({"task.toml": TOML[:300] + '"'}, r"task\.toml: malformed TOML: .*line \d+"),
    "no UTF-8": ({"task.toml": b"\xff\xfe"}, r"task\.toml: is not UTF-8"),
    "unknown key": (replaced("tests = 2", "tests = 2\ntest = 1"), r"metadata\.agentbench\.test: unknown key; did you mean 'tests'"),
    "unknown detail key": (replaced('stale = "{{ port_v1 }}"', 'stael = "x"'), r"details\[0\]\.stael: unknown key; did you mean 'stale'"),
    "unknown reader": (replaced('toml = "server.port"', 'tomll = "x"'), r"details\[0\]\.check\.tomll: unknown key; did you mean 'toml'"),
    "unknown variable kind": (
        replaced('window = { kind = "int"', 'window = { kind = "integer"'),
        r"variables\.window\.kind: found 'integer', expected 'int'.*did you mean 'int'",
    ),
    "missing tests": (replaced("tests = 2", ""), r"metadata\.agentbench\.tests: missing"),
    "no test at all": (replaced("tests = 2", "tests = 0"), r"metadata\.agentbench\.tests: found 0, expected greater than 0"),
    "a number as value": (replaced('value = "{{ window }}"', "value = 5"), r"details\[2\]\.value: found 5, expected a string"),
    "unknown sandbox": (replaced('sandbox = "python"', 'sandbox = "pyton"'), r"sandbox: no sandbox 'pyton'; did you mean 'python'"),
    "missing parameter": (replaced(", high = 900", ""), r"variables\.window\.high: missing; kind 'int' needs it"),
    "foreign parameter": (replaced('kind = "word"', 'kind = "word", digits = 2'), r"variables\.owner\.digits: kind 'word' takes no param"),
    "empty range": (replaced("high = 900", "high = 50"), r"variables\.window\.low: 100 is not below high = 50"),
    "unknown differs": (replaced('differs = "port"', 'differs = "prot"'), r"variables\.port_v1\.differs: 'prot' is no other.*'port'"),
    "duplicate id": (replaced('id = "region"', 'id = "port"'), r"details: the id 'port' is used twice"),
    "fact of an unknown detail": (replaced('tells = ["port", "region"]', 'tells = ["prot", "port", "region"]'),
        r"facts 'sheet'\.tells: no detail has the id 'prot'; did you mean 'port'"),
    "untold history": (replaced('tells = ["port", "region"]', 'tells = ["port"]'), r"details 'region'\.told_in: .*exactly one fact.*none does"),
    "untold stale": (replaced('stale_for = ["port", "region"]', 'stale_for = ["port"]'), r"details 'region'\.stale: no fact has it"),
    "two readers": (replaced('toml = "server.port"', 'toml = "a", json = "b"'), r"details 'port'\.check: exactly one of .* found json, toml"),
    "no reader": (replaced(', toml = "server.port"', ""), r"details 'port'\.check: exactly one of .* found none"),
    "a name of Jinja's": (replaced("owner = {", "range = {"), r"variables\.range: templates have this name"),
    "paraphrase without its words": (replaced('asked_as = "where it runs"\n', ""), r"details 'region'\.asked_as: recall 'paraphrased' needs the words"),
    "words without a paraphrase": (replaced('recall = "paraphrased"\n', ""), r"details 'region'\.asked_as: .* nothing else takes them"),
    "one part only": (replaced('recall = "paraphrased"\nasked_as = "where it runs"', 'recall = "combined"'), r"details 'region'\.recall: 'combined' needs a value made of two"),
    "ordinal without a series": (replaced('recall = "paraphrased"\nasked_as = "where it runs"', 'recall = "ordinal"'), r"details 'region'\.recall: 'ordinal' needs a fact with a 'series'"),
    "a series of one": (replaced('id = "sheet"', 'id = "sheet"\nseries = "sheets"'), r"facts: only one is of the series 'sheets'"),
    "unknown recall": (replaced('"paraphrased"', '"paraphrase"'), r"details\[1\]\.recall: found 'paraphrase', expected .*did you mean 'paraphrased'"),
    "bad regex": (replaced('toml = "server.port"', 'regex = "("'), r"details 'port'\.check\.regex: missing \)"),
    "path out of the workspace": (replaced('"LICENSE"', '"../LICENSE"'), r"details 'license'\.check\.file: '\.\./LICENSE' is not a path below"),
    "constraint with a value": (replaced('id = "license"', 'id = "license"\nvalue = "x"'), r"details 'license'\.value: a constraint"),
    "value missing": (replaced('value = "{{ window }}"', ""), r"details 'window'\.value: missing"),
    "unknown variable in a detail": (replaced('value = "{{ window }}"', 'value = "{{ windwo }}"'),
        r"details 'window'\.value: unknown variable 'windwo'; did you mean 'window'"),
    "unknown variable in a file": ({"solution/files/app/limits.py.j2": "WINDOW = {{ windo }}\n"},
        r"solution/files/app/limits\.py\.j2: unknown variable 'windo'; did you mean 'window'"),
    "unknown variable in the instruction": ({"instruction.md": "{{ nothing_like_it }}"}, r"instruction\.md: unknown variable 'nothing_like_it'; known: owner"),
    "malformed template": ({"instruction.md": "a\n{{ window"}, r"instruction\.md: line 2: malformed template"),
    "failing template": ({"instruction.md": "{{ window }}{{ 1 // 0 }}"}, r"instruction\.md: the template fails: .*zero"),
    "unused variable": (replaced('owner = { kind = "word" }', 'owner = { kind = "word" }\nspare = { kind = "word" }'),
        r"variables\.spare: no text or template uses it"),
    "pointer to no file": (replaced('"app/limits.py", python', '"app/limit.py", python'),
        r"details 'window'\.check\.file: 'app/limit\.py' is neither in environment/workspace nor in solution/files"),
    "pointer to no place": (replaced('python = "WINDOW"', 'python = "WINDOWS"'),
        r"details 'window'\.check\.python: 'WINDOWS' points nowhere in solution/files/app/limits\.py"),
    "solution with another value": ({"solution/files/app/limits.py.j2": "WINDOW = {{ window }}0\n"}, r"details 'window'\.value: the detail says '(\d+)', .* holds '(\d+)0'"),
    "solution lays nothing over": ({"solution/files/app/limits.py.j2": None, "instruction.md": "{{ window }}"}, r"limits\.py holds '1' .*lay its own copy"),
    "unchanged file is not there": ({"environment/workspace/LICENSE": None}, r"details 'license'\.check\.file: 'LICENSE' is not in environment/workspace"),
    "unchanged file changed": ({"solution/files/LICENSE": "other\n"}, r"details 'license'\.check\.unchanged: the solution changes"),
    "no solution": ({"solution/solve.sh": None}, r"solution/solve\.sh: missing"),
    "no tests": ({"tests/test.sh": None}, r"tests/test\.sh: missing"),
    "no checks": ({"tests/checks.py.j2": None}, r"tests/checks\.py: missing"),
    "no instruction": ({"instruction.md": None}, r"instruction\.md: missing"),
    "no Dockerfile": ({"environment/Dockerfile": None}, r"environment/Dockerfile: missing"),
    "another base": ({"environment/Dockerfile": "FROM debian\n"}, r"Dockerfile: found 'FROM debian', expected 'FROM agentbench/python'"),
    "one line too many": ({"environment/Dockerfile": NATIVE["environment/Dockerfile"] + "RUN true\n"}, r"Dockerfile: 'RUN true' is one line too many"),
    "two sources of one file": ({"solution/files/app/limits.py": "X = 1\n"}, r"limits\.py\.j2: 'files/app/limits\.py' exists as a template and as a plain"),
    "steps": ({"task.toml": TOML + '[[steps]]\nname = "a"\n', "steps/a/instruction.md": "x"}, r"steps: .*'follow_ups'"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_malformed_task_is_one_sentence(name: str, tasks_root: Path) -> None:
    files, message = SPOILED[name]
    path = write(tasks_root / "spoiled", {**NATIVE, **files})
    with pytest.raises(TaskError) as caught:
        load_task(path, root=tasks_root)
    text = str(caught.value)
    assert re.search(message, text), text
    assert text.startswith(str(path))
    assert "\n" not in text


def test_a_link_is_refused(native_task: WriteTask, tasks_root: Path) -> None:
    path = native_task()
    (path / "environment/workspace/link").symlink_to("/etc/passwd")
    with pytest.raises(TaskError, match=r"workspace/link: is a link"):
        load_task(path, root=tasks_root)


def test_a_template_cannot_reach_the_host(native_task: WriteTask, tasks_root: Path) -> None:
    escape = "{{ window.__class__.__mro__[1].__subclasses__() }}"
    path = native_task(**{"instruction_DOT_md": escape})
    with pytest.raises(TaskError, match=r"instruction\.md: the template fails"):
        load_task(path, root=tasks_root)


def test_a_plain_harbor_task(foreign_task: WriteTask, tasks_root: Path) -> None:
    task = load_task(foreign_task(), root=tasks_root)
    assert (task.id, task.native, task.sandbox.profile) == ("plain", False, "harbor")
    assert (task.sandbox.memory_mb, task.sandbox.cpus, task.sandbox.needs_network) == (2048, 2.0, False)
    assert re.fullmatch(r"build:[0-9a-f]{64}", task.sandbox.image)
    assert (task.verifier_timeout_s, task.tests, task.metadata) == (600, None, {"author_name": "x"})


def test_a_change_of_the_environment_changes_the_image(foreign_task: WriteTask, tasks_root: Path) -> None:
    one = load_task(foreign_task("one"), root=tasks_root)
    same = load_task(foreign_task("same"), root=tasks_root)
    other = load_task(foreign_task("other", {"environment/extra": "x"}), root=tasks_root)
    assert one.sandbox.image == same.sandbox.image != other.sandbox.image
    assert one.digest == same.digest != other.digest


HARBOR = """
schema_version = "1.4"
future_key = 1
[task]
name = "org/x"
[agent]
timeout_sec = 900
user = 0
[verifier]
timeout_sec = 120
env = { TOKEN = "${AGENTBENCH_TEST_TOKEN:-none}" }
environment_mode = "separate"
[environment]
docker_image = "debian:bookworm-slim"
memory_mb = 4096
workdir = "/app"
env = { MODE = "a${AGENTBENCH_TEST_MODE}b" }
unknown = true
[solution]
env = { S = "1" }
"""


def test_harbor_keys(foreign_task: WriteTask, tasks_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTBENCH_TEST_MODE", "-")
    monkeypatch.delenv("AGENTBENCH_TEST_TOKEN", raising=False)
    task = load_task(foreign_task(files={"task.toml": HARBOR, "environment/Dockerfile": None}), root=tasks_root)
    assert task.sandbox.image == "debian:bookworm-slim"
    assert (task.sandbox.user, task.sandbox.workdir, task.sandbox.env) == ("0", "/app", {"MODE": "a-b"})
    assert (task.sandbox.memory_mb, task.sandbox.verifier_mode) == (4096, "separate")
    assert (task.agent_timeout_s, task.verifier_timeout_s) == (900, 120)
    assert (task.verifier_env, task.solution_env) == ({"TOKEN": "none"}, {"S": "1"})


@pytest.mark.parametrize(
    ("environment", "needed"),
    [
        ("", False),
        ('network_mode = "public"', True),
        ('network_mode = "no-network"', False),
        ('network_mode = "allowlist"', True),
        ('allowed_hosts = ["example.org"]', True),
        ("allow_internet = true", True),
        ("allow_internet = false", False),
    ],
)
def test_the_network_is_needed_only_where_asked_for(
    environment: str, needed: bool, foreign_task: WriteTask, tasks_root: Path
) -> None:
    path = foreign_task(files={"task.toml": f"[environment]\n{environment}\n"})
    assert load_task(path, root=tasks_root).sandbox.needs_network is needed


UNSUPPORTED: dict[str, Mapping[str, str | None]] = {
    "docker compose": {"environment/docker-compose.yaml": "services: {}\n"},
    "GPUs": {"task.toml": "[environment]\ngpus = 1\n"},
    "TPUs": {"task.toml": '[environment]\ntpu = { type = "v5" }\n'},
    "MCP servers": {"task.toml": '[[environment.mcp_servers]]\nname = "x"\n'},
    "Windows containers": {"task.toml": '[environment]\nos = "windows"\n'},
    "Windows tests": {"tests/test.sh": None, "tests/test.bat": "rem\n"},
    "health checks": {"task.toml": '[environment.healthcheck]\ncommand = "true"\n'},
    "an image of its own for the verifier": {"tests/Dockerfile": "FROM debian\n"},
    "tests as another user than root": {"task.toml": '[verifier]\nuser = "agent"\n'},
    "an agent of its own for a step": {"task.toml": '[[steps]]\nname = "a"\n[steps.agent]\nuser = "other"\n'},
    r"own for the verifier \(verifier.environment": {
        "task.toml": '[[steps]]\nname = "a"\n',
        "steps/a/tests/Dockerfile": "",
    },
    "collecting from other services": {"task.toml": '[[verifier.collect]]\ncommand = "x"\nservice = "db"\n'},
    "collecting as a user of its own": {"task.toml": '[[verifier.collect]]\ncommand = "x"\nuser = "db"\n'},
    "the environment variable AGENTBENCH_NOT_SET": {"task.toml": '[verifier]\nenv = { A = "${AGENTBENCH_NOT_SET}" }\n'},
}


@pytest.mark.parametrize("feature", UNSUPPORTED)
def test_an_unsupported_feature_is_named(feature: str, foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(files=UNSUPPORTED[feature])
    with pytest.raises(UnsupportedTaskError, match=feature):
        load_task(path, root=tasks_root)


STEPS: dict[str, str | None] = {
    "task.toml": """\
artifacts = ["/app/all"]
[agent]
timeout_sec = 30
[verifier]
timeout_sec = 50
env = { A = "1", B = "1" }
[[steps]]
name = "a"
min_reward = 0.5
[[steps]]
name = "b"
artifacts = [{ source = "/app/more" }]
min_reward = { style = 1 }
[steps.agent]
timeout_sec = 7
[steps.verifier]
timeout_sec = 9
env = { B = "2" }
environment_mode = "separate"
[[steps.verifier.collect]]
command = "dump"
user = 0
""",
    "instruction.md": None,
    "steps/a/instruction.md": "first",
    "steps/b/instruction.md": "second",
    "steps/b/tests/test.sh": "echo step\n",
    "steps/b/workdir/extra.txt": "x",
    "steps/b/solution/solve.sh": "echo solved\n",
}


def test_steps(foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(files=STEPS)
    assert is_task_dir(path)
    rendered = render(load_task(path, root=tasks_root), 0, 0)
    assert (rendered.instruction, rendered.follow_ups) == ("first", ["second"])
    assert rendered.task.reward_strategy == "mean"
    first, second = (of_step(rendered, index) for index in (0, 1))
    assert [step.min_reward for step in rendered.task.steps] == [{"reward": 0.5}, {"style": 1}]
    assert [step.tests["test.sh"].data for step in (first, second)] == [
        FOREIGN["tests/test.sh"].encode(),
        b"echo step\n",
    ]
    assert first.solution["solve.sh"].data == FOREIGN["solution/solve.sh"].encode()
    assert list(second.solution) == ["solve.sh"]
    assert second.solution["solve.sh"].data == b"echo solved\n"
    assert [list(step.workdir) for step in rendered.steps] == [[], ["extra.txt"]]
    assert [step.task.verifier_timeout_s for step in (first, second)] == [50, 9]
    assert [step.task.agent_timeout_s for step in (first, second)] == [30, 7]
    assert [step.task.verifier_env for step in (first, second)] == [{"A": "1", "B": "1"}, {"A": "1", "B": "2"}]
    assert [step.task.sandbox.verifier_mode for step in (first, second)] == ["shared", "separate"]
    assert [step.task.artifacts for step in (first, second)] == [["/app/all"], ["/app/all", "/app/more"]]
    assert [[hook.user for hook in step.task.collect] for step in (first, second)] == [[], ["root"]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"steps/b/instruction.md": None}, r"steps/b/instruction\.md: missing"),
        ({"tests/test.sh": None}, r"tests/test\.sh: missing"),
        ({"solution/solve.sh": None}, r"solution/solve\.sh: missing"),
        (
            {"task.toml": '[[steps]]\nname = "a"\n[[steps]]\nname = "a"\n'},
            r"steps\.name: found 'a', expected .* each step another",
        ),
        (
            {"task.toml": '[[steps]]\nname = "../../x"\n'},
            r"steps\.name: found '\.\./\.\./x', expected a directory below",
        ),
        ({"task.toml": '[[steps]]\nname = ".."\n'}, r"steps\.name: found '\.\.'"),
        ({"task.toml": '[[steps]]\nname = "a"\nmin_reward = "all"\n'}, r"steps\[0\]\.min_reward.*: found 'all'"),
    ],
)
def test_malformed_steps(
    files: Mapping[str, str | None], message: str, foreign_task: WriteTask, tasks_root: Path
) -> None:
    with pytest.raises(TaskError, match=message):
        load_task(foreign_task(files={**STEPS, **files}), root=tasks_root)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('version = "2.0"\n', r"schema_version: a harbor schema version 1\.x was expected"),
        ('[environment]\nmemory = "lots"\n', r"environment: memory = 'lots' is no size"),
        ('[environment]\nos = "plan9"\n', r"environment\.os: found 'plan9', expected 'linux' or 'windows'"),
        ("[verifier]\ntimeout_sec = -1\n", r"verifier\.timeout_sec: found -1, expected greater than 0"),
        ("metadata = 1\n", r"metadata: found 1, expected a dictionary"),
    ],
)
def test_malformed_harbor_keys(toml: str, message: str, foreign_task: WriteTask, tasks_root: Path) -> None:
    with pytest.raises(TaskError, match=message):
        load_task(foreign_task(files={"task.toml": toml}), root=tasks_root)


def test_discovery_stops_at_tasks(native_task: WriteTask, foreign_task: WriteTask, tasks_root: Path) -> None:
    native, foreign = native_task(), foreign_task()
    write(native / "environment/workspace/inner", FOREIGN)
    write(tasks_root / "other", {"task.toml": "x = 1\n"})
    assert discover([tasks_root], root=tasks_root) == [native, foreign]
    assert discover([Path("config")], root=tasks_root) == [native]
    assert discover([native / "task.toml", native / "environment"], root=tasks_root) == [native]
    assert discover([tasks_root / "other"], root=tasks_root) == []
    with pytest.raises(UsageError, match="nowhere: no such file"):
        discover([Path("nowhere")], root=tasks_root)


def test_the_digest_sees_content_names_and_executable_bits(native_task: WriteTask, tasks_root: Path) -> None:
    path = native_task()
    before = load_task(path, root=tasks_root).digest
    (path / "__pycache__").mkdir()
    (path / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert load_task(path, root=tasks_root).digest == before
    (path / "environment/workspace/run.sh").chmod(0o644)
    assert load_task(path, root=tasks_root).digest != before


@pytest.mark.parametrize(("name", "sound"), [("a/b-c_1.x", True), ("a b", False), ("a[1]", False), ("a@2", False)])
def test_names_fit_into_case_ids(name: str, sound: bool, foreign_task: WriteTask, tasks_root: Path) -> None:
    path = foreign_task(name)
    if sound:
        assert load_task(path, root=tasks_root).id == name
    else:
        with pytest.raises(TaskError, match="name may hold letters"):
            load_task(path, root=tasks_root)
