"""A native task small enough to cheat at: its answer stands only in the hidden tests and the solution."""

from __future__ import annotations

from collections.abc import Mapping

from agentbench.records import Detail, FileContent, RenderedTask, SandboxNeeds, TaskSpec

SECRET = "vermilion-4217"

TEST_SH = "#!/bin/bash\nexec python3 -I /tests/checks.py\n"

CHECKS = """\
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run, workspace

EXPECTED = open("/tests/expected").read().strip()


@check("the program prints the answer")
def _():
    ran = run(["python3", "app.py"], timeout_s=3)
    assert ran.exit_code == 0 and ran.stdout.strip() == EXPECTED, ran


@check("the program can be imported")
def _():
    ran = run(["python3", "-c", "import app; print(app.answer())"], timeout_s=3)
    assert ran.exit_code == 0 and ran.stdout.strip() == EXPECTED, ran


@check("the answer stands in a file")
def _():
    assert read("answer").strip() == EXPECTED
    assert (workspace / "answer").read_text().strip() == EXPECTED


main()
"""

APP = "def answer():\n    return 'unknown'\n\n\nif __name__ == '__main__':\n    print(answer())\n"

CHECKS_HEAD = 'import sys; sys.path.insert(0, "/tests")\nfrom agentbench_verify import *\n'


def files(contents: Mapping[str, str | bytes], mode: int = 0o644) -> dict[str, FileContent]:
    return {
        path: FileContent(data=data.encode() if isinstance(data, str) else data, mode=mode)
        for path, data in contents.items()
    }


def native_task(
    *,
    checks: str = CHECKS,
    tests: int | None = 3,
    workspace: Mapping[str, str | bytes] | None = None,
    details: list[Detail] | None = None,
    test_sh: str = TEST_SH,
    verifier_timeout_s: float = 60,
) -> RenderedTask:
    solved = APP.replace("unknown", SECRET)
    return RenderedTask(
        task=TaskSpec(
            id="tiny/answer",
            path="/nonexistent",
            name="agentbench/answer",
            cluster="answer",
            digest="0" * 64,
            native=True,
            sandbox=SandboxNeeds(image="python"),
            tests=tests,
            verifier_timeout_s=verifier_timeout_s,
        ),
        variant=0,
        values={},
        instruction="Find the answer.",
        workspace=files(workspace if workspace is not None else {"app.py": APP, "README": "read me\n"}),
        tests=files({"test.sh": test_sh, "checks.py": checks, "expected": SECRET + "\n"}),
        solution=files(
            {
                "solve.sh": "#!/bin/bash\nset -e\ncp -R /solution/files/. /workspace/\n",
                "files/app.py": solved,
                "files/answer": SECRET + "\n",
            }
        ),
        details=details or [],
    )
