from mailing.rows import row


def test_plain_fields_have_no_quotes():
    assert row(["Ann Lee", "Mill Lane 3", ""]) == "Ann Lee;Mill Lane 3;\r\n"


def test_formulas_are_tamed():
    assert row(["=1+1", "x", "-"]) == "'=1+1;x;'-\r\n"


def test_quotes_are_doubled():
    assert row(['The "Old" Mill', "a;b"]) == '"The ""Old"" Mill";"a;b"\r\n'
