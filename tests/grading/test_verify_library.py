"""The library that hidden tests import, in the grading sandbox that it is made for."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from agentbench.grading.verifier import verify_library
from agentbench.records import Evidence
from tests.grading.tiny_task import CHECKS_HEAD, native_task

Grade = Callable[..., Evidence]

docker = pytest.mark.docker

PASSES = {
    "runs with no rights, in the workspace, in a minimal environment": """
ran = run("id -u; id -G; pwd; ls -A $HOME; env | cut -d= -f1 | sort | tr '\\n' ' '", env={"EXTRA": "x"})
names = "EXTRA HOME LANG LOGNAME PATH PWD PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PYTHONNOUSERSITE SHLVL TZ USER _ "
assert ran.stdout == f"1000\\n1000\\n/workspace\\n{names}", ran
""",
    "takes its path from nowhere": """
assert run(["sh", "-c", "command -v python3"], env={"PYTHONPATH": "/x"}).stdout == "/usr/bin/python3\\n"
""",
    "gives input, output, exit code": """
assert run("cat; exit 3", input="in\\u00e9").stdout == "in\\u00e9"
assert run(["cat"], input=b"\\xff").stdout == "\\\\xff"
ran = run("echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin", input="in")
assert ran[:3] == (0, "out\\nin", "err\\n"), ran
assert (run("exit 3").exit_code, run("kill -9 $$").exit_code) == (3, -9)
""",
    "says when a command cannot be started": """
ran = run(["no-such-program"])
assert (ran.exit_code, ran.stderr) == (127, "no-such-program: No such file or directory")
assert run(["/etc/passwd"]).exit_code == 126
assert run(["true"], cwd="/root").exit_code == 126 and run(["true"], cwd="nowhere").exit_code == 126
""",
    "ends at the time limit": """
ran = run("echo early; setsid sleep 1000 & sleep 1000", timeout_s=0.5)
assert (ran.exit_code, ran.stdout, ran.timed_out, ran.truncated) == (None, "early\\n", True, False)
""",
    "a machine that is busy with something else costs no right result": """
busy = "for i in 1 2 3 4 5 6; do (while :; do :; done) & done; "
burn = "import time; list(iter(lambda: time.process_time() < 0.7, False)); print(1)"
ran = run(busy + f"python3 -c '{burn}'", timeout_s=2)
assert (ran.exit_code, ran.stdout) == (0, "1\\n"), ran
ran = run(busy + "while :; do :; done", timeout_s=0.3)
assert ran.timed_out, "patience has an end"
""",
    "ends at the output limit": """
ran = run("yes", timeout_s=60)
assert (ran.exit_code, len(ran.stdout), ran.timed_out, ran.truncated) == (None, 1000000, False, True)
""",
    "keeps output up to the limit": """
ran = run("head -c 1000000 /dev/zero; head -c 999999 /dev/zero >&2", timeout_s=60)
assert (ran.exit_code, len(ran.stdout), len(ran.stderr), ran.truncated) == (0, 1000000, 999999, False)
""",
    "does not wait for daemons and leaves none": """
ran = run("setsid sleep 1000 & echo started", timeout_s=60)
assert (ran.exit_code, ran.stdout) == (0, "started\\n")
assert "sleep" not in run("ps -eo comm").stdout
""",
    "survives bombs": """
assert run("f() { f | f & }; f; sleep 100", timeout_s=1).timed_out
assert run(["python3", "-c", "x = bytearray(2 * 10**9)"]).exit_code != 0
assert run("echo alive").stdout == "alive\\n"
""",
    "a new home for every command, on a disk that may be full": """
run("touch $HOME/x; mkdir -p $HOME/a/b; chmod 0 $HOME/a; head -c 1G /dev/zero > /tmp/full")
assert run("ls -A $HOME").stdout == ""
run("rm /tmp/full")
assert run("touch $HOME/x; ls -A $HOME").stdout == "x\\n"
""",
    "reads with the agent's rights": """
run("echo text > plain; ln -s plain link; mkdir sub; echo deep > sub/file")
assert read("plain") == read("/workspace/link") == (workspace / "link").read_text() == "text\\n"
assert (workspace / "sub" / "file").open().read() == "deep\\n"
assert (workspace / "sub" / "file").open("rb").read() == (workspace / "sub/file").read_bytes() == b"deep\\n"
assert (workspace / "plain").exists() and not (workspace / "other").exists()
""",
    "refuses what it should not read": """
run("ln -s /tests/checks.py hidden; mkfifo fifo; truncate -s 100M huge; mkdir dir; echo x > locked; chmod 0 locked")
for name in ("hidden", "fifo", "huge", "dir", "locked", "missing", "/tests/checks.py", "/dev/zero"):
    for action in (lambda: read(name), lambda: (workspace / name).read_text(), lambda: (workspace / name).open()):
        try:
            action()
        except AssertionError as error:
            assert name in str(error), error
        else:
            raise RuntimeError(name)
""",
}

FAILS = {
    "assert run('exit 1').exit_code == 0": "line 5: assert run('exit 1').exit_code == 0: AssertionError",
    "assert False, 'because'": "AssertionError: because",
    "read('missing')": "missing: No such file or directory",
    "raise SystemExit(0)": "SystemExit",
    "{}['key']": "KeyError: 'key'",
    "run(['python3', '-c', 'import os; os.kill(os.getppid(), 9)']).stdout.index('x')": "ValueError",
}

BREAKS = {
    "open('/workspace/app.py')": "only with read()",
    "import os; os.chdir('/workspace'); open('app.py')": "only with read()",
    "(workspace / 'x').open('w')": "may not write",
    "import sys; sys.path.insert(0, '/workspace'); import app": "only with read()",
    "import subprocess; subprocess.run(['python3', '/workspace/app.py'])": "only with run()",
    "import os; os.system('python3 /workspace/app.py')": "only with run()",
    "import os; os.execv('/bin/true', ['true'])": "only with run()",
}


def checks(*bodies: str) -> str:
    functions = [
        f"@check({str(number)!r})\ndef _():\n" + "\n".join("    " + line for line in body.strip().split("\n"))
        for number, body in enumerate(bodies)
    ]
    return CHECKS_HEAD + "\n".join(functions) + "\nmain()\n"


@docker
@pytest.mark.parametrize("body", PASSES.values(), ids=PASSES)
def test_does(body: str, graded: Grade) -> None:
    evidence = graded(native_task(checks=checks(body), tests=1))
    assert (evidence.reward, evidence.verifier_error) == (1.0, None), evidence.verifier_output


@docker
def test_every_failed_check_is_reported_with_its_reason(graded: Grade) -> None:
    evidence = graded(native_task(checks=checks(*FAILS, "pass"), tests=len(FAILS) + 1))
    assert evidence.reward == 0.0
    assert evidence.report is not None
    assert (evidence.report.passed, len(evidence.report.failed)) == (1, len(FAILS))
    for number, expected in enumerate(FAILS.values()):
        line = next(line for line in evidence.verifier_output.splitlines() if line.startswith(f"not ok - {number}:"))
        assert expected in line


@docker
@pytest.mark.parametrize(("body", "said"), BREAKS.items())
def test_checks_that_would_lend_the_workspace_their_rights_break_the_verifier(
    body: str, said: str, graded: Grade
) -> None:
    evidence = graded(native_task(checks=checks("pass", body), tests=2))
    assert evidence.reward is None
    assert evidence.verifier_error is not None
    assert said in evidence.verifier_error


@docker
def test_a_budget_ends_commands_that_hang_before_the_verifier_is_ended(graded: Grade) -> None:
    told = "import agentbench_verify as library\nassert library.BUDGET_S == 0.8 * 50\nlibrary.BUDGET_S = 1"
    hang = "assert run('sleep 1000', timeout_s=1000).timed_out; raise AssertionError('hung')"
    evidence = graded(native_task(checks=checks(told, hang, hang, hang), tests=4, verifier_timeout_s=50))
    assert (evidence.reward, evidence.verifier_error) == (0.0, None)
    assert evidence.report is not None
    assert evidence.report.failed == ["1", "2", "3"], evidence.verifier_output


def test_is_one_file_for_python_3_9() -> None:
    tree = ast.parse(verify_library(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.startswith("agentbench")}
