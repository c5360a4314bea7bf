import itertools
import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402


def team(name, points, wins, late=0):
    return {"name": name, "points": points, "wins": wins, "late": late}


def standings(teams):
    done = run(["node", "bin/standings.js"], input=json.dumps(teams))
    assert done.exit_code == 0, done.stderr
    return [tuple(line.split(" ")) for line in done.stdout.splitlines()]


def order(teams):
    return [row[1] for row in standings(teams)]


@check("of equal points, more wins stand higher, in whatever order they come in")
def _():
    teams = [team("Asps", 310, 2), team("Bats", 310, 11), team("Cats", 310, 9)]
    for one in itertools.permutations(teams):
        assert order(one) == ["Bats", "Cats", "Asps"], one


@check("points count before wins, as numbers")
def _():
    assert order([team("Asps", 99, 30), team("Bats", 1000, 1), team("Cats", 200, 9)]) == ["Bats", "Cats", "Asps"]


@check("level teams share a place and are listed by name")
def _():
    teams = [team("Moles", 50, 3), team("Crows", 50, 3), team("Yaks", 50, 4), team("Ants", 50, 1)]
    rows = [row[:2] for row in standings(teams)]
    assert rows == [("1", "Yaks"), ("2", "Crows"), ("2", "Moles"), ("4", "Ants")], rows


@check("a long table is in order")
def _():
    teams = [team(f"T{i:03}", 40 + i * 7 % 5, i * 11 % 13) for i in range(120)]
    expected = sorted(teams, key=lambda one: (-one["points"], -one["wins"], one["name"]))
    assert order(teams) == [one["name"] for one in expected]


@check("lateness is charged before the teams are ranked")
def _():
    penalty = json.loads(read("config/league.json"))["late_penalty"]
    rows = standings([team("Asps", 5000 + 2 * penalty, 9, late=2), team("Bats", 5000, 10), team("Cats", 5001, 0)])
    assert rows == [("1", "Cats", "5001", "0"), ("2", "Bats", "5000", "10"), ("3", "Asps", "5000", "9")], rows


main()
