def divide_cents(cents: int, by: int) -> int:
    """Return cents / by as whole cents, rounded half up."""
    return (2 * cents + by) // (2 * by)
