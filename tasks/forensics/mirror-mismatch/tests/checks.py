import sys

sys.path.insert(0, "/tests")
import yaml  # noqa: E402
from agentbench_verify import check, main, read, run  # noqa: E402

ACCEPTED = "tidewatch-dbg"


def hold():
    return yaml.safe_load(read("hold.yaml"))


def sums(path):
    return {name: total for total, _, name in map(str.split, read(path).splitlines())}


@check("the order can be printed")
def _():
    done = run(["python3", "hold.py"])
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 2, done.stderr


@check("it has the six keys and no others")
def _():
    keys = {"incident", "package", "expected", "served", "move_to", "approved_by"}
    assert set(hold()) == keys and all(hold().values()), hold()


@check("the package differs and is not the accepted one")
def _():
    name = hold()["package"]
    assert sums("sums/build.txt")[name] != sums("sums/mirror.txt")[name] and ACCEPTED not in name, name


@check("the expected sum is the build's")
def _():
    assert hold()["expected"] == sums("sums/build.txt")[hold()["package"]], hold()


@check("the served sum is the mirror's")
def _():
    assert hold()["served"] == sums("sums/mirror.txt")[hold()["package"]], hold()


main()
