"""Duplicates: same phone number, same surname."""


def without(owners: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keep the first of the owners who share phone number and surname."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for name, phone in owners:
        seen.setdefault((name.split()[-1].lower(), phone), (name, phone))
    return list(seen.values())
