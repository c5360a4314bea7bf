import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

ENTRY = re.compile(r"^\d.* tenant=(\w+) LOG: +duration: (\d+) ms [^\n]*(?:\n\t[^\n]*)?/\* fp=(\w+) \*/$", re.MULTILINE)
AS_JSON = 'puts JSON.generate(YAML.load(File.read("digest.yaml")))'


def digest():
    done = run(["ruby", "-ryaml", "-rjson", "-e", AS_JSON])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def slow(threshold):
    """Fingerprint to durations above a threshold, without the tenant that is left out."""
    found = {}
    for tenant, duration, fingerprint in ENTRY.findall(read("pg/slow.log")):
        if tenant != "lindau" and int(duration) > threshold:
            found.setdefault(fingerprint, []).append(int(duration))
    return found


@check("the lint finds everything")
def _():
    done = run(["ruby", "lint.rb"])
    assert done.exit_code == 0 and done.stdout.strip() == "complete", done.stderr


@check("the threshold lies between the night's statements")
def _():
    threshold = digest()["threshold_ms"]
    assert len(slow(0)) == 5 and 50 < sum(map(len, slow(threshold).values())) < sum(map(len, slow(0).values())), threshold


@check("the statements above it are counted, whatever their layout")
def _():
    found = digest()
    assert found["slow_statements"] == sum(map(len, slow(found["threshold_ms"]).values())), found


@check("the worst fingerprint is the one with the largest sum")
def _():
    found = digest()
    sums = {one: sum(durations) for one, durations in slow(found["threshold_ms"]).items()}
    assert found["worst"]["fingerprint"] == max(sums, key=sums.get), (found, sums)


@check("its statements and their sum are its own")
def _():
    found = digest()
    durations = slow(found["threshold_ms"])[found["worst"]["fingerprint"]]
    assert (found["worst"]["statements"], found["worst"]["total_ms"]) == (len(durations), sum(durations)), found


@check("ticket and index are given")
def _():
    found = digest()
    assert re.fullmatch(r"\d{5}", str(found["ticket"])), found
    assert re.fullmatch(r"\w+", found["index"]["name"]) and re.fullmatch(r"\w+", found["index"]["built_by"]), found


main()
