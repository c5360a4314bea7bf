import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

FAILED = re.compile(r"^\[[\d:]+\] FAILED +(\S+) \(\d+ ms\) error=(\w+)(?: after=(\w+))?$", re.MULTILINE)
QUARANTINE = "search/fuzzy-order"


def verdict():
    return json.loads(read("ci/verdict.json"))


def failures():
    return FAILED.findall(read("ci/nightly.log"))


def followers(error):
    """How many tests failed after the one with this error; a test never fails after a later one."""
    caused = {error}
    for _, own, after in failures():
        if after in caused:
            caused.add(own)
    return len(caused) - 1


@check("the bot can post it")
def _():
    done = run(["node", "ci/post.js"])
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 3, done.stderr


@check("the first failure is a failed test of the log, with its error")
def _():
    first = verdict()["first_failure"]
    assert (first["test"], first["error"]) in [failure[:2] for failure in failures()], first


@check("it did not fail after another one")
def _():
    error = verdict()["first_failure"]["error"]
    assert [after for _, own, after in failures() if own == error] == [""], error


@check("it is the first one outside the quarantine")
def _():
    roots = [test for test, _, after in failures() if not after and test != QUARANTINE]
    assert verdict()["first_failure"]["test"] == roots[0], (verdict(), roots)


@check("all tests that it took with it are counted")
def _():
    found = verdict()
    assert found["cascades"] == followers(found["first_failure"]["error"]), found


@check("the shuffle seed is the log's, the other numbers are numbers")
def _():
    found = verdict()
    assert f"shuffle seed {found['shuffle_seed']}," in read("ci/nightly.log"), found
    assert int(found["keep_hours"]) > 1000 and re.fullmatch(r"\d{5}", str(found["ticket"])), found


main()
