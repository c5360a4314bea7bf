"""Pages of orders, sorted by id."""

from listing import settings
from listing.cursor import issue, resume


def page(
    orders: list[str], secret: bytes, now: int, cursor: str | None = None, size: int = settings.PAGE_MAX
) -> tuple[list[str], str | None]:
    """Return one page of order ids and the cursor of the next one, None after the last."""
    after = resume(cursor, secret, now) if cursor is not None else ""
    rest = sorted(order for order in orders if order > after)
    here = rest[: min(size, settings.PAGE_MAX)]
    return here, issue(here[-1], secret, now) if len(rest) > len(here) else None
