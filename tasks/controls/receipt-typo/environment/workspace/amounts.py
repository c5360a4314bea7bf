def total(cents: list[str]) -> str:
    """Add amounts in cents and return the sum in euros, as `12.50`."""
    euros, rest = divmod(sum(map(int, cents)), 100)
    return f"{euros}.{rest:02}"
