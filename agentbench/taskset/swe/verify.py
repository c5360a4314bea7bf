"""Hidden tests of a SWE row: runs in its container as root, by whatever Python (3.6 and up) the image has.

A fresh container is brought to where the agent started, its patch is applied, the test files are put back to what the
image has (whatever the agent made of them), the row's own test patch is applied, and the test files are run. No reward
is written where the image or the row is at fault; an agent's work that does not even apply, or import, is reward 0.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional

TESTS, LOGS, REPO = Path("/tests"), Path("/logs/verifier"), Path("/testbed")
OUTCOMES = LOGS / "outcomes.jsonl"
WORK = Path("/logs/artifacts/model.patch")


def main() -> None:
    """Grade, and write ``ctrf.json`` and ``reward.txt``."""
    row = json.loads((TESTS / "row.json").read_text(encoding="utf-8"))
    before = {name: read(REPO / name) for name in row["test_files"]}
    must(["bash", str(TESTS / "setup.sh")])
    pytest = [shutil.which("pytest") or ""] if shutil.which("pytest") else [sys.executable, "-m", "pytest"]
    must([*pytest, "--version"], cwd="/")
    outcomes = {}  # type: Dict[str, str]
    if apply_work():
        for name, data in before.items():
            restore(REPO / name, data)
        if (TESTS / "test.patch").is_file():
            must(["git", "apply", "--whitespace=nowarn", str(TESTS / "test.patch")])
        files = [name for name in row["run_files"] if (REPO / name).is_file()]
        if files:
            run_tests([*pytest, "-p", "agentbench_swe_report", "-p", "no:cacheprovider", "--tb=short", *files])
        outcomes = read_outcomes()
    status = {name: outcome_of(name, outcomes) for name in row["fail_to_pass"] + row["pass_to_pass"]}
    kept = all(status[name] in ("passed", "skipped") for name in row["pass_to_pass"])
    mended = all(status[name] == "passed" for name in row["fail_to_pass"])
    write_report(status)
    (LOGS / "reward.txt").write_text("1\n" if kept and mended else "0\n")


def must(command: List[str], cwd: str = str(REPO)) -> None:
    """Run what cannot fail for a reason of the agent's; end without a reward if it does."""
    code = subprocess.call(command, cwd=cwd)
    if code != 0:
        sys.exit("{} ended with exit code {}".format(" ".join(command), code))


def read(path: Path) -> Optional[bytes]:
    """Return a file's bytes, None if there is none."""
    return path.read_bytes() if path.is_file() else None


def restore(path: Path, data: Optional[bytes]) -> None:
    """Make a file what it was."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(str(path))
    if data is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def apply_work() -> bool:
    """Apply what the agent did; False if it cannot be."""
    if not WORK.is_file():
        print("the agent's repository gave no patch")
        return False
    if WORK.stat().st_size == 0:
        return True
    return subprocess.call(["git", "apply", "--whitespace=nowarn", str(WORK)], cwd=str(REPO)) == 0


def run_tests(command: List[str]) -> None:
    """Run the tests within the budget; what has not run by then has failed."""
    path = os.pathsep.join([str(TESTS / "plugin"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = dict(os.environ, PYTHONPATH=path, AGENTBENCH_OUTCOMES=str(OUTCOMES))
    try:
        subprocess.call(command, cwd=str(REPO), env=env, timeout=float(os.environ["AGENTBENCH_VERIFY_BUDGET_S"]))
    except subprocess.TimeoutExpired:
        print("the tests did not end in time")


def read_outcomes() -> Dict[str, str]:
    """Return how each test ended: the worst of its phases."""
    found = {}  # type: Dict[str, str]
    order = ("passed", "skipped", "failed")
    for line in OUTCOMES.read_text(encoding="utf-8").splitlines() if OUTCOMES.is_file() else []:
        name, outcome = json.loads(line)
        found[name] = max(found.get(name, "passed"), outcome, key=order.index)
    return found


def outcome_of(name: str, outcomes: Dict[str, str]) -> str:
    """Return how a named test ended; an id that the data set cut off within its brackets stands for all it begins."""
    if name in outcomes:
        return outcomes[name]
    if name.count("[") > name.count("]"):
        meant = {outcome for test, outcome in outcomes.items() if test.startswith(name)}
        if len(meant) == 1:
            return meant.pop()
    return "failed"


def write_report(status: Dict[str, str]) -> None:
    """Write the CTRF report."""
    counts = {key: list(status.values()).count(key) for key in ("passed", "failed", "skipped")}
    summary = dict(counts, tests=len(status), pending=0, other=0)
    tests = [{"name": name, "status": outcome, "duration": 0} for name, outcome in status.items()]
    report = {"results": {"tool": {"name": "pytest"}, "summary": summary, "tests": tests}}
    (LOGS / "ctrf.json").write_text(json.dumps(report), encoding="utf-8")


main()
