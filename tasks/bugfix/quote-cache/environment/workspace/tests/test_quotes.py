from freight import quotes, tariff

PARCEL = {"origin": "DE", "target": "FR", "kg": 3.5, "service": "standard"}


def test_express_costs_more():
    standard = quotes.quote(PARCEL, now=0)
    assert quotes.quote({**PARCEL, "service": "express"}, now=0) == 2 * standard


def test_one_lookup_per_weight_step():
    before = tariff.calls
    quotes.quote({**PARCEL, "kg": 11}, now=0)
    quotes.quote({**PARCEL, "kg": 14.9}, now=0)
    assert tariff.calls == before + 1
