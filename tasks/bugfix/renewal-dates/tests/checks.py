import calendar
import datetime as dt
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def renewals(start, plan, count):
    done = run(["ruby", "bin/renewals.rb", start, plan, str(count)])
    assert done.exit_code == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()[:-1]]


def expected(start, plan, count):
    first = dt.date.fromisoformat(start)
    for period in range(1, count + 1):
        years, month = divmod(first.month - 1 + period * MONTHS[plan], 12)
        last = calendar.monthrange(first.year + years, month + 1)[1]
        yield dt.date(first.year + years, month + 1, min(first.day, last))


def monday(day):
    return day + dt.timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def holds(start, plan, count):
    got = [(row[0], row[2]) for row in renewals(start, plan, count)]
    assert got == [(str(day), str(monday(day))) for day in expected(start, plan, count)], (start, plan, got)


@check("monthly renewals keep their day over short months and leap years")
def _():
    for start in ("2023-01-31", "2024-01-30", "2023-12-29", "2027-08-31"):
        holds(start, "monthly", 30)


@check("quarterly and yearly renewals keep it too")
def _():
    holds("2022-11-30", "quarterly", 14)
    holds("2023-08-31", "quarterly", 14)
    holds("2024-02-29", "yearly", 9)


@check("the last day of a short month is no other day later on")
def _():
    holds("2025-04-30", "monthly", 14)
    holds("2025-02-28", "monthly", 14)
    holds("2024-02-29", "monthly", 14)


@check("a late collection moves nothing")
def _():
    holds("2024-06-01", "monthly", 24)
    holds("2025-05-31", "monthly", 24)


@check("every renewal costs the plan's price, and unknown plans are refused")
def _():
    prices = {plan: {row[4] for row in renewals("2025-03-31", plan, 5)} for plan in MONTHS}
    assert all(len(price) == 1 for price in prices.values()) and prices["quarterly"] == {"7200"}, prices
    done = run(["ruby", "bin/renewals.rb", "2025-03-31", "weekly", "2"])
    assert done.exit_code == 1 and "no plan weekly" in done.stderr, done


main()
