import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def first_line(left):
    done = run(["node", "sign.js", left])
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()[0]


@check("a full car park says something new, in Chinese")
def _():
    said = first_line("0")
    assert said != "暂无空位" and any("\u4e00" <= sign <= "\u9fff" for sign in said), said


@check("free places are counted as before")
def _():
    assert first_line("37") == "剩余车位 37", first_line("37")


main()
