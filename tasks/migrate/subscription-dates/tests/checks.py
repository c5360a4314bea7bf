import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402


CALENDAR = "require 'src/BillingCalendar.php'; $c = new BillingCalendar(); echo json_encode([%s]);"


def dates(*arguments):
    return answer(["php", "bin/dates.php", *arguments])


def calendar(*calls):
    return answer(["php", "-r", CALENDAR % ", ".join(f"$c->{call}" for call in calls)])


def answer(command):
    done = run(command)
    assert done.exit_code == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@check("renewals stay within short months and come back to their day")
def _():
    found = dates("renewals", "2027-12-31", "4")
    assert found == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"], found


@check("days left count forward")
def _():
    left = ("'2031-2-7', '2031-03-01'", "'2031-03-01', '2030-12-9'", "'2031-3-1', '2031-03-01'")
    found = calendar(*(f"daysLeft({days})" for days in left))
    assert found == [22, -82, 0], found


@check("letters wait for Monday")
def _():
    found = calendar(*(f"sendDay('{day}')" for day in ("2031-2-7", "2031-2-8", "2031-2-9", "2031-2-10")))
    assert found == ["2031-02-07", "2031-02-10", "2031-02-10", "2031-02-10"], found


@check("statement weeks begin on Sunday")
def _():
    found = calendar(*(f"statementWeek('{day}')" for day in ("2031-02-09", "2031-2-10", "2031-02-15", "2033-1-1")))
    assert found == ["2031-02-09", "2031-02-09", "2031-02-09", "2032-12-26"], found


@check("labels, at the turn of a year too")
def _():
    found = calendar(*(f"label('{day}')" for day in ("2031-3-31", "2024-12-30", "2027-1-1", "2031-10-4")))
    wanted = ["Monday, 31/03/2031 (Q1)", "Monday, 30/12/2024 (Q4)", "Friday, 01/01/2027 (Q1)", "Saturday, 04/10/2031 (Q4)"]
    assert found == wanted, found


@check("days at the turn of a year stay in their year")
def _():
    found = calendar("sendDay('2024-12-30')", "renewals('2026-12-1', 1)", "renewals('2023-11-30', 1)")
    assert found == ["2024-12-30", ["2027-01-01"], ["2023-12-30"]], found


@check("the settings are complete and of the right types")
def _():
    found = dates("settings")
    invoice = found["invoice"]
    assert set(invoice) == {"series", "grace_days", "archive_days"} and set(found["books"]) == {"anchor", "cost_centre"}, found
    assert type(invoice["grace_days"]) is int and type(invoice["archive_days"]) is int, found


@check("the calendar uses the new library and not the old one")
def _():
    code = read("src/BillingCalendar.php")
    assert not re.search(r"Tempo1::|tempo1\.php", code) and "tempo2.php" in code, code


main()
