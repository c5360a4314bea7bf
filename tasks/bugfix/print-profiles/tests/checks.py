import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

PROFILES = {
    "root": {"a": {"b": {"c": 1, "d": [1]}, "e": 5}, "list": ["r"], "flat": 1},
    "left": {"extends": "root", "a": {"b": {"c": 2, "d": [2]}}, "list": ["l"], "flat": {"now": "object"}},
    "right": {"extends": "root", "a": {"e": 6}, "list": ["x", "y"]},
    "leaf": {"extends": "left", "a": {"b": {"d": [3], "new": {"k": []}}}, "list": []},
    "plain": {"extends": "root"},
    "one": {"extends": "two"},
    "two": {"extends": "one"},
    "lost": {"extends": "nowhere"},
}
RIGHT = {"a": {"b": {"c": 1, "d": [1]}, "e": 6}, "list": ["r", "x", "y"], "flat": 1}
LEFT = {"a": {"b": {"c": 2, "d": [1, 2]}, "e": 5}, "list": ["r", "l"], "flat": {"now": "object"}}
LEAF = {"a": {"b": {"c": 2, "d": [1, 2, 3], "new": {"k": []}}, "e": 5}, "list": ["r", "l"], "flat": {"now": "object"}}
EXPECTED = {"root": PROFILES["root"], "plain": PROFILES["root"], "left": LEFT, "right": RIGHT, "leaf": LEAF}
WRITE = """
import json, pathlib, sys
folder = pathlib.Path("/tmp/profiles-under-test")
folder.mkdir(exist_ok=True)
for name, profile in json.load(sys.stdin).items():
    (folder / (name + ".json")).write_text(json.dumps(profile))
"""


def farm(*names):
    assert run(["python3", "-c", WRITE], input=json.dumps(PROFILES)).exit_code == 0
    return run(["python3", "farm.py", "--dir", "/tmp/profiles-under-test", *names])


def python(code):
    farm()
    start = "import pathlib; from printfarm.profiles import Library; l = Library(pathlib.Path('/tmp/profiles-under-test'))"
    done = run(["python3", "-c", f"{start}\n{code}"])
    assert done.exit_code == 0, done.stderr
    return done.stdout.strip()


@check("profiles resolve alike in any order")
def _():
    for names in (["leaf", "left", "plain", "right", "root"], ["right", "root", "leaf", "plain", "left"], ["left", "right"]):
        done = farm(*names)
        assert [json.loads(line) for line in done.stdout.splitlines()] == [EXPECTED[name] for name in names], done


@check("resolving again gives the same")
def _():
    done = farm("leaf", "right", "leaf", "left", "right", "root")
    names = ["leaf", "right", "leaf", "left", "right", "root"]
    assert [json.loads(line) for line in done.stdout.splitlines()] == [EXPECTED[name] for name in names], done


@check("what a caller does with a result stays with the caller")
def _():
    code = "r = l.resolve('leaf'); r['a']['b']['c'] = 99; r['list'].append(7); r['flat'].clear(); r['more'] = 1\n"
    assert python(code + "print(l.resolve('leaf') == " + repr(LEAF) + ", l.resolve('left') == " + repr(LEFT) + ")") == "True True"
    code = "r = l.resolve('plain'); r['a']['b']['d'].append(4)\n"
    assert python(code + "print(l.resolve('root') == " + repr(EXPECTED["root"]) + ")") == "True"


@check("every file is still read once")
def _():
    code = "n = [0]\nold = pathlib.Path.read_text\ndef text(self, *a, **k):\n    n[0] += 1\n    return old(self, *a, **k)\n"
    assert python(code + "pathlib.Path.read_text = text\n[l.resolve(x) for x in 'leaf right leaf left root plain'.split()]; print(n[0] <= 5)") == "True"


@check("cycles and unknown parents are still refused with their own numbers")
def _():
    numbers = python("from printfarm import errors; print(errors.E_PARENT, errors.E_CYCLE)").split()
    assert numbers[0] != numbers[1]
    lost, cycle = farm("lost"), farm("one")
    assert lost.exit_code == 2 and lost.stderr == f"E{numbers[0]}: no profile nowhere\n", lost
    assert cycle.exit_code == 2 and cycle.stderr == f"E{numbers[1]}: one extends two extends one\n", cycle


@check("the farm's own profiles are sound")
def _():
    done = run(["python3", "farm.py", "--printed-at", "0", "glossy", "draft", "base"])
    hold, glossy, draft, base = map(json.loads, done.stdout.splitlines())
    assert hold > 0 and draft["bed"] == base["bed"] and len(glossy["lots"]) == 1 and draft["lots"] == base["lots"] == [], done
    assert glossy["bed"]["fan"] == {"rpm": 900, "delay_s": 9} and glossy["feed"] == base["feed"] != draft["feed"], done


main()
