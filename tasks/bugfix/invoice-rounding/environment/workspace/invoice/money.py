def divide_cents(cents: int, by: int) -> int:
    """Return cents / by as whole cents."""
    return cents // by
