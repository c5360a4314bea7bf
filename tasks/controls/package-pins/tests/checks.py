import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


@check("every line is sound")
def _():
    done = run("bash pins.sh")
    assert done.exit_code == 0 and not done.stderr, done.stderr


@check("three packages are pinned, the new one last")
def _():
    names = run("bash pins.sh | cut -d ' ' -f 1").stdout.split()
    assert names == ["mail-relay", "queue-tools", "ledger-client"], names


main()
