import csv
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

HEADER = ["voucher", "account", "debit", "credit", "posted_on", "reference", "approved_by"]


def rows(name):
    return [[cell.strip() for cell in row] for row in csv.reader(read(f"ledger/{name}.csv").splitlines()) if row]


def open_amounts():
    left = {}
    for voucher, _, debit, credit, *_ in rows("march")[1:]:
        left[voucher] = left.get(voucher, 0) + int(debit) - int(credit)
    return {voucher: amount for voucher, amount in left.items() if amount}


def correction():
    header, row = rows("corrections")
    assert header == HEADER and len(row) == len(HEADER), (header, row)
    return dict(zip(header, row))


@check("the books balance")
def _():
    done = run(["perl", "balance.pl"])
    assert done.exit_code == 0 and done.stdout.strip() == "all balanced", done.stdout + done.stderr


@check("the correction is for the voucher that was out of balance")
def _():
    assert [correction()["voucher"]] == list(open_amounts()), correction()


@check("the amount stands on the side that lacked it, and 0 on the other")
def _():
    row = correction()
    assert int(row["debit"]) == 0 and int(row["credit"]) == open_amounts()[row["voucher"]], row


@check("the account is a number of the chart that the ledger did not touch")
def _():
    used = {row[1] for row in rows("march")[1:]}
    assert re.fullmatch(r"\d{4}", correction()["account"]) and correction()["account"] not in used, correction()


@check("date, reference and approval are given")
def _():
    row = correction()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["posted_on"]), row
    assert re.fullmatch(r"[0-9a-f]{8}", row["reference"]) and row["approved_by"], row


main()
