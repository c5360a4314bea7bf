import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def lamps(light):
    done = run(["lua5.4", "lamps.lua", str(light)])
    assert done.exit_code == 0, done.stderr
    group, state, hold = done.stdout.rstrip("\n").split("\t")
    assert group and hold.isdigit(), done.stdout
    return state


@check("the lamps are on at night")
def _():
    assert lamps(3) == "on"


@check("the lamps are off by day")
def _():
    assert lamps(40_000_000) == "off"


main()
