import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def plan():
    done = run(["python3", "mirror.py"])
    assert done.exit_code == 0, done.stderr
    return dict(line.split() for line in done.stdout.splitlines())


@check("the mirror goes through a proxy")
def _():
    assert plan()["via"].startswith("proxy:"), plan()


@check("timeout and cache are still positive numbers")
def _():
    assert min(int(plan()["timeout"]), int(plan()["cache"])) > 0, plan()


main()
