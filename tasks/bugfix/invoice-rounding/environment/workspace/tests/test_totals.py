import pytest

from invoice import totals


@pytest.fixture(autouse=True)
def thirty_percent(monkeypatch):
    monkeypatch.setattr(totals, "TAX_PERMILLE", 300)


def test_half_a_cent_of_tax_is_rounded_up():
    assert totals.tax([(1, 5)]) == 2
    assert totals.tax([(3, 5), (1, 10)]) == 8


def test_less_than_half_a_cent_is_dropped():
    assert totals.tax([(1, 4)]) == 1
