"""Duplicates: same phone number, same name."""


def without(owners: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keep the last of the owners who share phone number and name."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for name, phone in owners:
        seen[(name.lower(), phone)] = (name, phone)
    return list(seen.values())
