"""The queries behind the reports."""

from sqlite3 import Connection

from rowset.v2 import NotFound, Select


def large_orders(connection: Connection, floor_cents: int, first_day: str, last_day: str) -> list[tuple[int, int]]:
    """Orders of at least so much, placed between two days (both count), dearest first: id and amount."""
    query = Select(("id", "cents")).from_("orders").filter("cents", ">=", floor_cents)
    query = query.filter("day", ">=", first_day).filter("day", "<=", last_day).order_by("-cents", "id")
    return [(row["id"], row["cents"]) for row in query.fetch(connection)]


def order_lines(connection: Connection, skip: int, count: int) -> list[tuple[str, int]]:
    """A stretch of all order lines by id: customer and quantity."""
    query = Select(("orders.customer", "lines.quantity")).from_("lines").join("lines.order_id", "orders.id", "orders")
    query = query.order_by("lines.id").limit(count, skip)
    return [(row["customer"], row["quantity"]) for row in query.fetch(connection)]


def customers_in(connection: Connection, cities: list[str]) -> list[tuple[str]]:
    """Customers that live in any of the cities, by name."""
    if not cities:
        return []
    query = Select(("name",)).from_("customers").filter_in("city", cities).order_by("name")
    return [(row["name"],) for row in query.fetch(connection)]


def newest_order(connection: Connection, customer: str) -> tuple[int, str] | None:
    """A customer's newest order: id and day."""
    query = Select(("id", "day")).from_("orders").filter("customer", "=", customer).order_by("-day", "-id")
    try:
        row = query.first(connection)
    except NotFound:
        return None
    return row["id"], row["day"]


def orders_of(connection: Connection, customer: str) -> int:
    """How many orders a customer has placed."""
    return Select().from_("orders").filter("customer", "=", customer).count(connection)
