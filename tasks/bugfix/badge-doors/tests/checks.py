import itertools
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

HOURS = (8 * 60 + 30, 17 * 60 + 45)
TIMES = ["0:00", "8:29", "8:30", "12:00", "17:44", "17:45", "23:59"]


def answers(flags, zones=("lab", "store"), times=TIMES):
    """Return a dictionary from (badge's zone, door's zone, time) to the answer."""
    keys = list(itertools.product(zones, zones, times))
    flag = f"flags={','.join(flags)} " if flags else ""
    text = "".join(f"zone={zone} {flag}door={door} hours=08:30-17:45 at={at}\n" for zone, door, at in keys)
    done = run(["lua5.4", "door.lua"], input=text)
    assert done.exit_code == 0, done.stderr
    return dict(zip(keys, done.stdout.splitlines(), strict=True))


def expected(flags, zone, door, at):
    hours, minutes = map(int, at.split(":"))
    if "blocked" in flags:
        return "refused: blocked"
    if zone != door and "master" not in flags:
        return "refused: zone"
    if not HOURS[0] <= hours * 60 + minutes < HOURS[1] and "night" not in flags:
        return "refused: hours"
    return "open"


def holds(*flags):
    for key, answer in answers(flags).items():
        assert answer == expected(flags, *key), (flags, key, answer)


@check("plain badges open their own zone within hours")
def _():
    holds()


@check("night badges open their own zone at any hour")
def _():
    holds("night")


@check("master badges open all zones within hours")
def _():
    holds("master")


@check("flags go together")
def _():
    holds("master", "night")
    holds("visitor")


@check("blocked badges open nothing")
def _():
    holds("blocked")
    holds("night", "blocked", "master")


@check("the settings can be read")
def _():
    done = run(["lua5.4", "door.lua", "--show"])
    rows = dict(line.split("\t") for line in done.stdout.splitlines())
    assert done.exit_code == 0 and len(rows) == 4 and int(rows["relock_ms"]) > 0 and int(rows["log_days"]) > 0, done


main()
