from listing.orders import page


def test_second_page_follows_the_first():
    orders = ["a3", "a1", "a2"]
    first, cursor = page(orders, b"secret", 1000, size=2)
    second, end = page(orders, b"secret", 1005, cursor, size=2)
    assert (first, second, end) == (["a1", "a2"], ["a3"], None)
