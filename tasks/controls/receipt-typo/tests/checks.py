import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def receipt(*cents):
    done = run(["python3", "receipt.py", *cents])
    assert done.exit_code == 0, done.stderr
    return done.stdout.split("\n")


@check("the customer is thanked without a typo")
def _():
    assert "Thank you for your visit" in receipt("250"), receipt("250")


@check("amounts are still added")
def _():
    assert "Total 15.05 EUR" in receipt("1275", "230"), receipt("1275", "230")


@check("till and phone are still printed")
def _():
    lines = receipt("1")
    assert lines[0].startswith("Till ") and lines[3].startswith("Questions? Call "), lines


main()
