import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

PARCEL = {"origin": "PL", "target": "PT", "kg": 12, "service": "standard"}
CENTS = 3 * (310 + 90 * 2 + 140 * 3)


def quotes(*changes):
    """Return the answers to variations of one parcel in one process, and the number of lookups."""
    done = run(["python3", "quote.py"], input="".join(json.dumps({**PARCEL, **one}) + "\n" for one in changes))
    assert done.exit_code == 0, done.stderr
    *cents, lookups = done.stdout.splitlines()
    return [int(one) for one in cents], int(lookups.removeprefix("lookups "))


def python(code):
    done = run(["python3", "-c", f"from freight import quotes, settings, tariff; p = {PARCEL!r}; {code}"])
    assert done.exit_code == 0, done.stderr
    return done.stdout.split()


@check("express and standard never share an answer, whichever came first")
def _():
    express = {"service": "express"}
    assert quotes({}, express, {}, express) == ([CENTS, 2 * CENTS] * 2, 2)
    assert quotes(express, {}) == ([2 * CENTS, CENTS], 2)


@check("insured and uninsured parcels never share an answer")
def _():
    insured = int(python("print(settings.INSURANCE_CENTS)")[0])
    assert quotes({}, {"insured": True}, {"insured": False})[0] == [CENTS, CENTS + insured, CENTS]
    assert quotes({"insured": True}, {})[0] == [CENTS + insured, CENTS]


@check("both ends of the way count")
def _():
    assert quotes({"origin": "DE", "target": "PL"}, {"origin": "PL", "target": "DE"}) == ([2040, 1890], 2)


@check("one weight step is looked up once")
def _():
    assert quotes({}, {"kg": 10.1}, {"kg": 15}, {"kg": 15.1}, {"kg": 10}) == ([CENTS] * 3 + [CENTS // 3 * 4, CENTS // 3 * 2], 3)
    assert quotes(*[{"kg": 11 + i / 10, "service": "express", "insured": True} for i in range(20)])[1] == 1


@check("an answer is served again until it is too old")
def _():
    code = "t = settings.TTL_S; [quotes.quote(p, n) for n in (0, 1, t - 1)]; print(tariff.calls)"
    assert python(code + "; quotes.quote(p, t + 2); print(tariff.calls)") == ["1", "2"]


@check("the oldest answer leaves a full cache")
def _():
    fill = "n = settings.MAX_ENTRIES; [quotes.quote({**p, 'kg': 5 * i}, 0) for i in range(1, n + 2)]; print(tariff.calls - n)"
    again = "quotes.quote({**p, 'kg': 10}, 0); print(tariff.calls - n); quotes.quote({**p, 'kg': 5}, 0); print(tariff.calls - n)"
    assert python(f"{fill}; {again}") == ["1", "1", "2"]


main()
