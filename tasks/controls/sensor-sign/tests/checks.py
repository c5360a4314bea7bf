import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def level(raw):
    done = run(["./sensor", str(raw)])
    assert done.exit_code == 0, done.stderr
    return int(done.stdout.split("\n")[1].removesuffix(" mm"))


@check("it builds")
def _():
    done = run(["make", "-s", "-B", "sensor"], timeout_s=30)
    assert done.exit_code == 0, done.stderr


@check("the offset lowers the level")
def _():
    assert level(0) < 0, level(0)


@check("a raw value counts in full")
def _():
    assert level(90300) - level(300) == 90000, (level(300), level(90300))


main()
